/** Holds what a check says against what the filter does to frames. */
import { type Cell, isSameOutcome, type Outcome, type TypeEffects } from '../../src/check/effects.ts';
import type { Knowledge } from '../oracle/dns-conditions.ts';
import { parsePrefix } from '../reference/addresses.ts';
import { applyMethods } from '../reference/methods.ts';
import { decodeLevel, type Field } from '../reference/protobuf.ts';
import {
  decide,
  fieldsOf,
  hidesClients,
  type Method,
  type Methods,
  type PlainRules,
  roleOf,
  SETTABLE_FIELDS,
  type SettableField,
  varintOf,
} from '../reference/rules.ts';
import { DNSTAP } from '../reference/schema.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';
import { ruleApplies } from './rule-applies.ts';

/** What a frame shows of each field that rules name: a text that is the same for the same content. */
type Content = Partial<Record<SettableField, string>>;

/** A frame before and after the filter. */
export interface Filtered {
  readonly fields: Field[];
  readonly before: Content;
  /** Undefined where the filter dropped it. */
  readonly after: Content | undefined;
  /** By the index of a rule whether it applies; undefined where nobody knows. */
  readonly applying: readonly Knowledge[];
  /** What its rules decide of it; as all that is remembered with a frame, of one set of rules. */
  methods: Methods | undefined;
  /** By a field and its outcome: what it is to be after that. */
  readonly expectations: Map<string, string | undefined>;
}

/** Sends frames through the filter. */
export function filtered(frames: readonly Uint8Array[], rules: PlainRules): Filtered[] {
  // The filter may write into what it is given.
  const written = filterFrames(
    frames.map((frame) => frame.slice()),
    rules,
  );
  return frames.map((frame, index) => {
    const fields = fieldsIn(frame);
    const decoded = decodeWithProtobufjs(frame);
    const after = written[index];
    return {
      fields,
      before: contentOf(fields),
      after: after && contentOf(fieldsIn(after)),
      applying: (rules.rules ?? []).map((rule) => ruleApplies({ fields, decoded }, rule)),
      methods: undefined,
      expectations: new Map(),
    };
  });
}

function fieldsIn(frame: Uint8Array): Field[] {
  const { fields, canonical } = decodeLevel(frame, DNSTAP);
  if (!canonical) throw new Error('the frame is not canonical');
  return fields;
}

/** Everything that frames of a type show to be otherwise than the check says; nothing where they show it to be right. */
export function* disagreements(
  effects: TypeEffects,
  frames: readonly Filtered[],
  rules: PlainRules,
): Generator<string, void> {
  for (const frame of frames) {
    const { before, after } = frame;
    const outcomes = SETTABLE_FIELDS.map((name) => outcomeIn(effects.cells[name], frame));
    const expected = SETTABLE_FIELDS.map((name, index) => {
      const outcome = outcomes[index];
      const isThere = outcome.effect !== 'dropped' && outcome.effect !== 'absent';
      return isThere ? expectedContent(outcome, name, frame, rules) : undefined;
    });
    const isEmptied = expected.every((content) => content === undefined);
    if ((after === undefined) !== (isDroppedByRule(effects, frame) || isEmptied)) yield 'a frame is dropped, or is not';
    for (const [index, name] of SETTABLE_FIELDS.entries()) {
      if (isLeftOpen(name, frame, rules)) continue;
      const outcome = outcomes[index];
      if ((outcome.effect === 'dropped') !== (effects.droppedBy !== undefined)) yield `${name} is dropped, or is not`;
      else if (outcome.effect === 'dropped' || outcome.effect === 'absent') {
        const isShown = outcome.effect === 'dropped' ? after === undefined : before[name] === undefined;
        if (!isShown) yield `${name} is not ${outcome.effect}`;
      } else if (before[name] === undefined) yield `${name} is absent`;
      else if (after !== undefined && after[name] !== expected[index]) {
        yield `${name} is not ${JSON.stringify(outcome)}`;
      }
    }
  }
}

function isDroppedByRule({ droppedBy, thinnedBy }: TypeEffects, { applying }: Filtered): boolean {
  return [droppedBy, ...thinnedBy].some((rule) => rule !== undefined && applying[rule] !== false);
}

/** What a cell says of one frame. */
function outcomeIn(cell: Cell, { applying }: Filtered): Exclude<Cell, { effect: 'depends' }> {
  if (cell.effect !== 'depends') return cell;
  let current = cell.otherwise;
  for (const { rule, outcome } of cell.exceptions) {
    if (applying[rule] === true) current = outcome;
    else if (applying[rule] === undefined && !isSameOutcome(outcome, current)) current = { effect: 'removed' };
  }
  return current;
}

/**
 * Whether a rule of which nobody knows whether it applies names what `names` may close in the end: what the field has until then no cell
 * says, and the agreement of the engine with the reference is for it.
 */
function isLeftOpen(name: SettableField, { applying }: Filtered, rules: PlainRules): boolean {
  if ((name !== 'extra' && name !== 'policy' && name !== 'query_zone') || hidesClients(rules)) return false;
  return (rules.rules ?? []).some(({ set }, index) => set?.[name] !== undefined && applying[index] === undefined);
}

/** What no frame shows: the one or the other side of a cell that depends, or of a rule that drops some frames. */
export function unshown(effects: TypeEffects, frames: readonly Filtered[]): string[] {
  const passed = frames.filter((frame) => !isDroppedByRule(effects, frame));
  const cells = SETTABLE_FIELDS.flatMap((name) => {
    const cell = effects.cells[name];
    if (cell.effect !== 'depends') return [];
    const shown = new Set(
      passed.map((frame) => cell.exceptions.findLastIndex(({ rule }) => frame.applying[rule] === true)),
    );
    const sides = [-1, ...cell.exceptions.keys()].filter((side) => !shown.has(side));
    return sides.map((side) => `${name}: ${side < 0 ? 'otherwise' : `rule ${cell.exceptions[side].rule + 1}`}`);
  });
  const isMeantToBeWritten = effects.droppedBy === undefined && !effects.isEmptied;
  const isNeverWritten = isMeantToBeWritten && frames.every(({ after }) => after === undefined);
  const drops = effects.thinnedBy.filter((rule) => !frames.some(({ applying }) => applying[rule] === true));
  return [
    ...cells,
    ...(isNeverWritten ? ['a frame that is written'] : []),
    ...drops.map((rule) => `drops: rule ${rule + 1}`),
  ];
}

/** What one field is after this is done to it, as the reference does it; the same content is asked for in many frames. */
function expectedContent(
  outcome: Outcome,
  name: SettableField,
  frame: Filtered,
  rules: PlainRules,
): string | undefined {
  if (outcome.effect === 'in clear') return frame.before[name];
  // What becomes of these depends on all that the rules say of the frame.
  const isWhole =
    name === 'query_message' || name === 'response_message' || name === 'query_zone' || outcome.effect === 'with names';
  const expectations = isWhole ? frame.expectations : alone;
  const place = JSON.stringify([
    outcome,
    name,
    ...(isWhole ? [] : [frame.before[name], rules.key?.maps, isForwarders(frame)]),
  ]);
  if (!expectations.has(place)) {
    const methods = { ...(isWhole ? decidedMethods(frame, rules) : keepAll) };
    // The others take time, and nobody asks for them here.
    if (isWhole) for (const other of SLOW_FIELDS) if (other !== name) methods[other] = 'remove';
    const method = methodOf(outcome, name, methods);
    if (method === undefined) delete methods[name];
    else methods[name] = method;
    const { rotate: _, ...key } = rules.key ?? {};
    const keying = { ...(isWhole ? rules.key : key), key: someKey, ...rotationOf(outcome) };
    const publicPrefixes = (rules.public?.addresses ?? []).map(parsePrefix);
    const file = isWhole ? { hides: hidesClients(rules), publicNames: rules.public?.names ?? [] } : {};
    expectations.set(
      place,
      contentOf(applyMethods(frame.fields, methods, isWhole ? publicPrefixes : [], keying, file).fields)[name],
    );
  }
  return expectations.get(place);
}

/** Whether the client of the frame is a forwarder, whose address has a map of its own. */
function isForwarders({ fields }: Filtered): boolean {
  const type = varintOf(fieldsOf(fields, 'message') ?? [], 'type');
  return type === 7n || type === 8n;
}

const SLOW_FIELDS = ['query_message', 'response_message', 'query_zone'] as const;

const alone = new Map<string, string | undefined>();
const keepAll: Methods = Object.fromEntries(SETTABLE_FIELDS.map((field) => [field, 'keep']));

/** What the rules decide, but for addresses of which no message says more: those cost most. */
function decidedMethods(frame: Filtered, rules: PlainRules): Methods {
  if (frame.methods === undefined) {
    const sets = (rules.rules ?? []).filter(({ action }) => action !== 'drop');
    const methods = decide(frame.fields, { ...rules, rules: sets }, someKey) as Methods;
    frame.methods = { ...methods, server_address: 'keep' };
  }
  return frame.methods;
}

/** A cell that says that pseudonyms rotate is right only where they do. */
function rotationOf(outcome: Outcome): { rotate?: 'day' | 'week' } {
  return 'rotate' in outcome && outcome.rotate !== undefined ? { rotate: outcome.rotate } : {};
}

function methodOf(outcome: Outcome, name: SettableField, methods: Methods): Method | undefined {
  switch (outcome.effect) {
    case 'in clear':
    case 'cleaned':
      return 'keep';
    case 'removed':
      return 'remove';
    case 'as names':
      return undefined;
    case 'with names':
      return methods.names === 'keep' ? 'keep' : name === 'policy' ? 'anonymous' : 'remove';
    case 'replaced':
      return { replace: outcome.text };
    case 'labels':
      return { labels: outcome.labels };
    case 'truncate':
      return 'unit' in outcome ? { truncate: outcome.unit } : { truncate: { ipv4: outcome.ipv4, ipv6: outcome.ipv6 } };
    case 'as client':
    case 'as other':
    case 'closed':
      throw new Error('no outcome of a field of a frame');
    default:
      return outcome.effect;
  }
}

/** By protobuf field where the reference has other names for a field than rules have. */
const RULE_FIELDS: Readonly<Record<string, SettableField>> = {
  query_time_sec: 'query_time',
  query_time_nsec: 'query_time',
  response_time_sec: 'response_time',
  response_time_nsec: 'response_time',
};

function contentOf(frame: readonly Field[]): Content {
  const message = fieldsOf(frame, 'message') ?? [];
  const type = varintOf(message, 'type') ?? 0n;
  const content: Content = {};
  for (const field of [...frame, ...message]) {
    const name = fieldNameOf(field, type);
    if (name !== undefined) content[name] = `${content[name] ?? ''} ${field.number}: ${render(field)}`;
  }
  return content;
}

function fieldNameOf({ name }: Field, type: bigint): SettableField | undefined {
  if (name === undefined) return 'unknown';
  if (name === 'query_address' || name === 'response_address') return roleOf(name, type);
  return SETTABLE_FIELDS.find((field) => field === (RULE_FIELDS[name] ?? name));
}

function render({ value }: Field): string {
  switch (value.wire) {
    case 'varint':
      return String(value.value);
    case 'submessage':
      return value.fields.map((field) => `(${field.number}: ${render(field)})`).join();
    default:
      return Buffer.from(value.bytes).toString('hex');
  }
}
