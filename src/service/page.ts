/**
 * The page for people: what comes in, what goes out, what is dropped and why. It is whole without its script, which only fetches it again and
 * says how fast numbers grow. Nothing on it comes from elsewhere.
 */
import type { PageStatus } from './http-service.ts';

export const PAGE_STYLE: string = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5c6570; --line: #d9dee4; --card: #fff; --ground: #f4f6f8; --good: #116b3a; --bad: #a8261c; --bar: #2f6fb7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft: #9aa4af; --line: #333b44; --card: #1b2026; --ground: #12161a; --good: #6fd39b; --bad: #ff9a8d; --bar: #6aa9ee; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
header { padding-bottom: 0; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
.state { margin: .25rem 0 0; font-weight: 600; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.soft { color: var(--soft); }
.flow { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin-bottom: 1rem; }
.tables { columns: 3 18rem; column-gap: 1rem; }
.tables > section { break-inside: avoid; margin-bottom: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
.number { font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; margin: 0; }
.rate { margin: 0; min-height: 1.5em; color: var(--soft); font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 400; overflow-wrap: anywhere; padding-left: 0; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-left: 1rem; padding-right: 0; }
tr + tr > * { border-top: 1px solid var(--line); }
th, td { padding-top: .25rem; padding-bottom: .25rem; vertical-align: top; }
progress { display: block; width: 100%; height: .5rem; margin-bottom: .5rem; accent-color: var(--bar); }
p { margin: 0 0 .25rem; }
`;

/** Fetches the page again, and puts its parts in place of those that stand here. */
export const PAGE_SCRIPT: string = `
const seen = new Map();
function tellRates(time) {
  for (const element of document.querySelectorAll('[data-count]')) {
    const name = element.dataset.count;
    const count = Number(element.dataset.value);
    const before = seen.get(name);
    seen.set(name, { count, time });
    const rate = element.parentElement.querySelector('.rate');
    if (rate === null || before === undefined || time <= before.time) continue;
    const perSecond = (count - before.count) / (time - before.time);
    // Another tapfilter has taken its place, or what was sent was not confirmed.
    if (perSecond < 0) continue;
    rate.textContent = perSecond.toLocaleString('en-US', { maximumFractionDigits: perSecond < 10 ? 1 : 0 }) + ' a second';
  }
}
async function update() {
  try {
    const response = await fetch('/');
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of ['header', 'main']) document.querySelector(part).replaceWith(page.querySelector(part));
    tellRates(Number(document.querySelector('main').dataset.now));
  } catch {
    const state = document.querySelector('.state');
    state.className = 'state bad';
    state.textContent = 'This page cannot reach tapfilter any more; what it shows is old.';
  }
  setTimeout(update, 2000);
}
tellRates(Number(document.querySelector('main').dataset.now));
setTimeout(update, 2000);
`;

/** Why the relay drops frames, for people. */
const REASONS: Readonly<Record<string, string>> = {
  queue: 'no room in the queue',
  spool: 'no room in the spool',
  refused: 'refused by the reader',
  reload: 'discarded at a reload',
  stop: 'not sent before the end',
};

/** The page with these numbers. */
export function renderPage(status: PageStatus): string {
  const { obstacles, version, dropped, waiting, queue, spool } = status;
  const state =
    obstacles.length === 0
      ? '<p class="state good">Ready: frames can go out.</p>'
      : `<p class="state bad">${escapeText(sentence(obstacles.join('; ')))}</p>`;
  const byFilter = total(dropped.rules) + total(dropped.codes);
  const lost = total(dropped.reasons) + status.unconfirmed;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tapfilter</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>tapfilter <span class="soft">${escapeText(version)}</span></h1>
${state}
</header>
<main data-now="${status.now}">
<div class="flow">
${card('Received', 'received', status.received, 'frames came whole')}
${card('Dropped by the filter', 'filtered', byFilter, 'frames, by rules or since they are malformed')}
${card('Sent', 'sent', status.confirmed + waiting.sent, 'frames given to the reader, or confirmed by it')}
${card('Lost', 'lost', lost, 'frames without room, refused, discarded, or unconfirmed', lost > 0)}
</div>
<div class="tables">
<section><h2>Inputs</h2>${table(status.inputs.map(({ name, connections }) => [name, connections === 1 ? '1 writer' : `${count(connections)} writers`]))}</section>
<section><h2>Output</h2>
<p>${escapeText(status.output.name)}</p><p class="soft">${escapeText(status.output.state)}</p>
<p>Queue: ${bytes(queue.length)} of ${bytes(queue.limit)}</p>${bar('Queue', queue)}
${spool === undefined ? '' : `<p>Spool: ${bytes(spool.length)} of ${bytes(spool.limit)}</p>${bar('Spool', spool)}`}
</section>
<section><h2>Where frames are</h2>${table([
    ['confirmed', count(status.confirmed)],
    ['unconfirmed', count(status.unconfirmed)],
    ['queued', count(waiting.queued)],
    ['being sent', count(waiting.sent)],
    ['on disk', count(waiting.spooled)],
    ['dropped', count(byFilter + total(dropped.reasons))],
  ])}</section>
<section><h2>Why frames were dropped</h2>${table([
    ...named(dropped.rules, 'rule: '),
    ...named(dropped.codes, 'malformed: '),
    ...named(dropped.reasons, '').map(([reason, value]): [string, string] => [REASONS[reason] ?? reason, value]),
  ])}</section>
<section><h2>Message types</h2>${table(named(status.framesByType, ''))}</section>
<section><h2>This process</h2>${table([
    ['runs for', duration(status.now - status.startedAt)],
    ['rules in force for', duration(status.now - status.rulesReadAt)],
    ['reloads', `${count(status.reloads.done)} done, ${count(status.reloads.refused)} refused`],
    ['longest pause', `${Math.round(status.pause * 1000)} ms`],
  ])}</section>
</div>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function card(title: string, name: string, value: number, what: string, isBad = false): string {
  return (
    `<section><h2>${title}</h2><p class="number${isBad ? ' bad' : ''}" data-count="${name}" data-value="${value}">${count(value)}</p>` +
    `<p class="rate"></p><p class="soft">${what}</p></section>`
  );
}

function table(rows: readonly (readonly [name: string, value: string])[]): string {
  if (rows.length === 0) return '<p class="soft">none</p>';
  const cells = rows.map(
    ([name, value]) => `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(value)}</td></tr>`,
  );
  return `<table>${cells.join('')}</table>`;
}

/** Those that are not 0, the largest first. */
function named(counts: Readonly<Record<string, number>>, before: string): [string, string][] {
  const entries = Object.entries(counts).filter(([, value]) => value > 0);
  return entries.sort(([, one], [, other]) => other - one).map(([name, value]) => [before + name, count(value)]);
}

function bar(name: string, { length, limit }: { length: number; limit: number }): string {
  return `<progress aria-label="${name}" max="${limit}" value="${Math.min(length, limit)}"></progress>`;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function bytes(length: number): string {
  const [unit, name] = length < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  const amount = length / unit;
  return `${amount.toLocaleString('en-US', { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${name}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
