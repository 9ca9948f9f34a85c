/** What a run has done, for people and for programs. Counts, codes and offsets only. */
import { FRAME_CODES, REMOVAL_CODES } from '../errors.ts';
import type { FilterReport } from '../jobs/filter-captures.ts';
import type { Plan } from '../rules/plan.ts';

/** What each removal code means to a person. */
const REMOVAL_REASONS: Readonly<Record<(typeof REMOVAL_CODES)[number], string>> = {
  ADDRESS_INVALID: 'addresses that disagree with socket_family, or of no known length',
  DNS_MALFORMED: 'DNS messages that do not parse',
  DNS_NO_QUESTION: 'DNS messages without a question to keep',
  DNS_OPCODE: 'DNS messages of another opcode than QUERY',
  DNS_TOO_LONG: 'DNS messages that would be too long',
  SUBNET_INVALID: 'client subnets that are none, or one of several',
  ZONE_INVALID: 'zones that are no name',
  TIME_INVALID: 'times beyond all clocks',
  PERIOD_UNKNOWN: 'pseudonyms in frames without a usable time, whose period nobody knows',
};

/** The summary as JSON on one line; docs/command.md names its keys. */
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
    skippedControls,
    ...(counters.defect !== undefined && { defect: counters.defect }),
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
export function renderTextSummary({ counters, skippedControls }: FilterReport, plan: Plan, seconds: number): string {
  const rows: [label: string, count: number, what: string][] = [];
  for (const [index, name] of plan.ruleNames.entries()) {
    rows.push(['dropped', counters.droppedByRule[index], `by the rule "${name}"`]);
  }
  const drops = counters.dropsByCode();
  for (const code of FRAME_CODES) rows.push(['dropped', drops[code] ?? 0, `${DROP_REASONS[code]} (${code})`]);
  for (const [field, methods] of Object.entries(counters.changes())) {
    for (const [method, fields] of Object.entries(methods)) rows.push(['changed', fields, `${field}: ${method}`]);
  }
  const removals = counters.removalsByCode();
  for (const code of REMOVAL_CODES) rows.push(['removed', removals[code] ?? 0, `${REMOVAL_REASONS[code]} (${code})`]);
  rows.push(['rebuilt', counters.rebuilt, 'frames that were not canonical']);
  rows.push(['skipped', skippedControls, 'control frames, or fields of them, that have no place in a capture']);

  const dropped = counters.framesRead - counters.framesWritten;
  const width = count(counters.framesRead).length;
  return [
    `${count(counters.framesRead)} frames read, ${count(counters.framesWritten)} written, ${count(dropped)} dropped; ` +
      `${count(counters.bytesRead)} bytes read, ${count(counters.bytesWritten)} written; ${seconds.toFixed(2)} s`,
    ...rows
      .filter(([, number]) => number > 0)
      .map(([label, number, what]) => `  ${label}  ${count(number).padStart(width)}  ${what}`),
    ...(counters.defect === undefined ? [] : [`  The first defect: ${counters.defect}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
