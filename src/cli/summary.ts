/** What a run has done, for people and for programs. Counts, codes and offsets only. */
import { FRAME_CODES } from '../errors.ts';
import type { FilterReport } from '../jobs/filter-captures.ts';
import type { Plan } from '../rules/plan.ts';

/** The summary as JSON on one line; docs/summary.md names its keys. */
export function renderJsonSummary(
  { counters, problems, skippedControls }: FilterReport,
  plan: Plan,
  seconds: number,
): string {
  return JSON.stringify({
    frames: { read: counters.framesRead, written: counters.framesWritten, rebuilt: counters.rebuilt },
    bytes: { read: counters.bytesRead, written: counters.bytesWritten },
    dropped: {
      rules: plan.ruleNames
        .map((name, index) => ({ rule: name, frames: counters.droppedByRule[index] }))
        .filter(({ frames }) => frames > 0),
      reasons: counters.dropsByCode(),
    },
    changed: counters.changes(),
    removed: counters.removalsByCode(),
    messagesRemoved: plan.hidesClients,
    skippedControls,
    problems,
    seconds: Number(seconds.toFixed(3)),
  });
}

/** What each frame code means to a person. */
const DROP_REASONS: Readonly<Record<(typeof FRAME_CODES)[number], string>> = {
  VARINT_INVALID: 'malformed: a number that does not end',
  TAG_INVALID: 'malformed: a tag that does not exist',
  FIELD_TRUNCATED: 'malformed: a field longer than its message',
  GROUP_INVALID: 'malformed: a group that does not match',
  TYPE_NOT_MESSAGE: 'not of type MESSAGE',
  MESSAGE_MISSING: 'without a message',
  MESSAGE_TYPE_UNKNOWN: 'message type missing or unknown',
  FRAME_TOO_LONG: 'longer than --max-frame',
  OUTPUT_FRAME_TOO_LONG: 'longer than --max-output-frame',
  NOTHING_LEFT: 'nothing left but the types',
  INTERNAL: 'a defect of tapfilter; please report it',
};

/** The summary as a few lines of text, with a line feed after each. */
export function renderTextSummary(report: FilterReport, plan: Plan, seconds: number): string {
  const { counters } = report;
  const dropped = counters.framesRead - counters.framesWritten;
  const lines = [
    `${count(counters.framesRead)} frames read, ${count(counters.framesWritten)} written, ${count(dropped)} dropped; ` +
      `${count(counters.bytesRead)} bytes read, ${count(counters.bytesWritten)} written; ${seconds.toFixed(2)} s`,
  ];
  for (const [index, name] of plan.ruleNames.entries()) {
    const frames = counters.droppedByRule[index];
    if (frames > 0) lines.push(`  dropped  ${count(frames)} by the rule "${name}"`);
  }
  const drops = counters.dropsByCode();
  for (const code of FRAME_CODES) {
    const frames = drops[code];
    if (frames !== undefined) lines.push(`  dropped  ${count(frames)} ${DROP_REASONS[code]} (${code})`);
  }
  for (const [field, methods] of Object.entries(counters.changes())) {
    const parts = Object.entries(methods).map(([method, fields]) => `${method} ${count(fields)}`);
    lines.push(`  changed  ${field}: ${parts.join(', ')}`);
  }
  for (const [code, fields] of Object.entries(counters.removalsByCode())) {
    lines.push(`  removed  ${count(fields)} for ${code}`);
  }
  if (counters.rebuilt > 0) lines.push(`  rebuilt  ${count(counters.rebuilt)} frames that were not canonical`);
  if (report.skippedControls > 0) lines.push(`  skipped  ${count(report.skippedControls)} control frames or fields`);
  if (plan.hidesClients) {
    lines.push(
      '  DNS messages are removed from every frame: the rules hide clients, and this version cannot clean messages.',
    );
  }
  return lines.map((line) => `${line}\n`).join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
