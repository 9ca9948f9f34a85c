/** A report for people. */
import type { Cell, Outcome, TypeEffects } from './effects.ts';
import type { Paint } from './paint.ts';
import type { Report } from './report.ts';
import { renderTable } from './table.ts';
import type { Warning } from './warning.ts';
import { renderFirst, renderList, renderRule, renderTypes, startSentence, wrap } from './words.ts';

const INDENT = '  ';

/** The report in lines of at most `width` columns where no word is longer, with a line feed after each. `name` is that of the rules file. */
export function renderTextReport(report: Report, name: string, width: number, paint: Paint): string {
  const lines = [
    ...wrap(`${name}: what becomes of each field, by message type`, width, ''),
    '',
    ...renderTable(report.types, report.ruleNames, width, paint),
    '',
    ...notesOf(report).flatMap((note) => wrap(startSentence(note), width, INDENT)),
    '',
    ...renderWarnings(report, width, paint),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What is true of frames, and of more cells than one. */
function notesOf(report: Report): string[] {
  const { types, ruleNames, hidesClients, hasPublicAddresses, undecided, dropsByQuestion } = report;
  const byRule = (rulesOf: (type: TypeEffects) => readonly number[], verb: string): string[] =>
    ruleNames.flatMap((_, rule) => {
      const dropped = types.filter((type) => rulesOf(type).includes(rule));
      return dropped.length === 0 ? [] : [`${namesOf(dropped)}: ${verb} by ${renderRule(ruleNames, rule)}.`];
    });
  const drops = (rule: number) => types.some((type) => type.droppedBy === rule || type.thinnedBy.includes(rule));
  const emptied = types.filter(({ isEmptied }) => isEmptied);
  const without = types.filter(({ cells }) => cells.client_address.effect === 'absent');
  return [
    ...byRule(({ droppedBy }) => (droppedBy === undefined ? [] : [droppedBy]), 'dropped'),
    ...byRule(({ thinnedBy }) => thinnedBy, 'some frames are dropped'),
    ...describeUndecided(undecided.filter(drops), ruleNames, 'the frame is dropped'),
    ...describeUndecided(
      undecided.filter((rule) => !drops(rule)),
      ruleNames,
      'what would be changed is removed',
    ),
    ...describeQuestions(dropsByQuestion, ruleNames),
    ...(emptied.length === 0 ? [] : [`${namesOf(emptied)}: a frame in which nothing is left is dropped.`]),
    ...(without.length === 0 ? [] : [`${namesOf(without)}: no client; query_address is a server's.`]),
    ...meaningsIn(types),
    ...(hidesClients ? [ONLY_QUERIES] : []),
    ...(hasPublicAddresses ? ['Public addresses stay in clear, whatever stands here.'] : []),
    'The message type and socket_family always stay.',
  ];
}

function describeUndecided(rules: readonly number[], ruleNames: readonly string[], consequence: string): string[] {
  if (rules.length === 0) return [];
  const names = renderList(rules.map((rule) => renderRule(ruleNames, rule)));
  const applies = rules.length === 1 ? 'applies' : 'apply';
  return [
    `Where DNS messages leave open whether ${names} ${applies} (one is malformed, or two differ), ${consequence}.`,
  ];
}

function describeQuestions(rules: readonly number[], ruleNames: readonly string[]): string[] {
  if (rules.length === 0) return [];
  const names = renderFirst(rules.map((rule) => renderRule(ruleNames, rule)));
  const looks = rules.length === 1 ? 'looks' : 'look';
  return [`${names} ${looks} at questions only: what answers other questions may still name what is dropped.`];
}

const ONLY_QUERIES =
  'The rules hide clients: DNS messages that do not parse, or have another opcode than QUERY, are removed whatever stands here.';

/** What the words of cells mean that are no words of rules. */
const MEANINGS: Readonly<Partial<Record<Outcome['effect'], string>>> = {
  cleaned: 'cleaned: the message stays, and what stands in it becomes what the rows from edns to message_id say.',
  'as client': 'as client: what client_address gets in the same frame, and removed where that is kept.',
  'as names': 'as names: what names and reverse_names get in the same frame.',
  'as other': 'as other: what "other" gets; of a client subnet that is not removed what the client gets.',
  closed: 'closed: what tells of the client, or of hidden names, is removed, and the rest stays (docs/messages.md, 4).',
  'with names': 'with names: in clear where names are, and closed elsewhere.',
};

function meaningsIn(types: readonly TypeEffects[]): string[] {
  const effects = new Set(types.flatMap(({ cells }) => Object.values(cells).flatMap(effectsIn)));
  return Object.entries(MEANINGS).flatMap(([effect, meaning]) =>
    effects.has(effect as Cell['effect']) ? [meaning] : [],
  );
}

function effectsIn(cell: Cell): Cell['effect'][] {
  if (cell.effect !== 'depends') return [cell.effect];
  return [cell.otherwise.effect, ...cell.exceptions.map(({ outcome }) => outcome.effect)];
}

function namesOf(types: readonly TypeEffects[]): string {
  return renderTypes(types.map(({ mnemonic }) => mnemonic));
}

function renderWarnings({ warnings }: Report, width: number, paint: Paint): string[] {
  if (warnings.length === 0) return [paint('No warnings.', 'green')];
  const count = warnings.length === 1 ? '1 warning:' : `${warnings.length} warnings:`;
  return [paint(count, 'yellow'), ...warnings.flatMap((warning) => ['', ...renderWarning(warning, width, paint)])];
}

function renderWarning({ code, message, reason, advice }: Warning, width: number, paint: Paint): string[] {
  return [
    `${INDENT}${paint(code, 'yellow')}`,
    ...[message, reason, advice].flatMap((text) => wrap(text, width, INDENT.repeat(2))),
  ];
}
