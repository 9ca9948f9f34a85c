/** Rules to a plan: once, at start. What the message type alone decides is decided here. */

import type { AddressMap, Key } from '../anonymize/key.ts';
import { FORWARDER_QUERY, FORWARDER_RESPONSE, MESSAGE_TYPES } from '../dnstap/schema.ts';
import { CompiledMethods } from './compile-methods.ts';
import { addressSet, CompiledConditions, nameSet, type Verdict } from './conditions.ts';
import { Entries } from './entries.ts';
import { FIELD_NAMES, FieldIndex, type FieldName, messageFieldIndexes } from './field.ts';
import {
  ANONYMOUS,
  CLOSABLE,
  closeByNames,
  KEEP,
  type Method,
  MethodTable,
  type Note,
  type Plan,
  type PlannedRule,
  REMOVE,
  type TypePlan,
  UNNAMED,
  ZERO,
} from './plan.ts';
import type { MethodSpec, Rule, RulesFile } from './schema.ts';
import { not } from './truth.ts';

/** Compiles a valid rules file. `key` is what the file's key section, or the command line, stands for. */
export function compileRules(file: RulesFile, key?: Key): Plan {
  const rules = file.rules ?? [];
  const methods = new CompiledMethods(key, file.key ?? {});
  const hidesClients = hidesClientAddress(file);
  const entries = new Entries(rules);
  const compiled = rules.map((rule) => compileRule(rule, entries, methods, key));
  const defaults = [...defaultMethods(file.default, hidesClients), ...entries.list.map(() => UNNAMED)];
  const addresses = file.public?.addresses;
  const names = file.public?.names;
  return {
    types: [0, ...MESSAGE_TYPES.map((type) => type.number)].map((type) => planType(type, compiled, defaults)),
    ruleNames: rules.map((rule, index) => rule.name ?? `rule ${index + 1}`),
    publicAddresses: addresses && addressSet(addresses),
    publicNames: names && nameSet(names),
    entries,
    hidesClients,
  };
}

function hidesClientAddress(file: RulesFile): boolean {
  if (file.default === 'remove') return true;
  return (file.rules ?? []).some((rule) => (rule.set?.client_address ?? 'keep') !== 'keep');
}

/** By the index of the field: what happens to a field that no rule names. */
function defaultMethods(fallback: 'keep' | 'remove', hidesClients: boolean): Method[] {
  const removes = fallback === 'remove';
  const methods = FIELD_NAMES.map(() => (removes ? REMOVE : KEEP));
  methods[FieldIndex.unknown] = REMOVE;
  methods[FieldIndex.records] = KEEP;
  methods[FieldIndex.names] = KEEP;
  methods[FieldIndex.message_id] = removes ? ZERO : KEEP;
  if (hidesClients) methods[FieldIndex.reverse_names] = UNNAMED;
  if (removes) return methods;
  methods[FieldIndex.query_zone] = UNNAMED;
  methods[FieldIndex.extra] = hidesClients ? REMOVE : CLOSABLE;
  methods[FieldIndex.policy] = hidesClients ? ANONYMOUS : CLOSABLE;
  return methods;
}

interface CompiledRule {
  readonly match: CompiledConditions | undefined;
  readonly unless: CompiledConditions | undefined;
  readonly notes: readonly Note[] | undefined;
  /** The notes in frames of a forwarder. */
  readonly forwarderNotes: readonly Note[] | undefined;
}

function compileRule(rule: Rule, entries: Entries, methods: CompiledMethods, key: Key | undefined): CompiledRule {
  return {
    match: rule.match && new CompiledConditions(rule.match, key),
    unless: rule.unless && new CompiledConditions(rule.unless, key),
    notes: rule.set && compileNotes(rule.set, entries, methods, 'client'),
    forwarderNotes: rule.set && compileNotes(rule.set, entries, methods, 'forwarder'),
  };
}

/** `client` is the map of `client_address`. */
function compileNotes(
  set: NonNullable<Rule['set']>,
  entries: Entries,
  methods: CompiledMethods,
  client: AddressMap,
): Note[] {
  return Object.entries(set).flatMap(([name, spec]) => {
    if (name !== 'edns' && name !== 'records') {
      const field = name as FieldName;
      return [{ field: FieldIndex[field], method: methods.method(field, spec as MethodSpec, client) }];
    }
    return Object.entries(spec as Readonly<Record<string, MethodSpec>>).map(([word, entrySpec]) => {
      return { field: entries.index(name, word), method: methods.method(name, entrySpec, client) };
    });
  });
}

/** The rules for one message type: those that never apply are left out, those before the first undecided one are settled. */
function planType(type: number, compiled: readonly CompiledRule[], defaults: readonly Method[]): TypePlan {
  const table = new MethodTable(type, defaults);
  const rules: PlannedRule[] = [];
  // The initiator is the forwarder here, whose address is known; but a program may say its client's, so it is hidden as that is.
  const isForwarders = type === FORWARDER_QUERY || type === FORWARDER_RESPONSE;
  for (const [index, rule] of compiled.entries()) {
    const notes = isForwarders ? rule.forwarderNotes : rule.notes;
    const applies = both(rule.match?.forType(type) ?? true, negate(rule.unless?.forType(type) ?? false));
    if (applies === false) continue;
    // A frame that a drop leaves is what it was, so only a `set` before keeps this one from being settled here.
    if (applies === true && notes !== undefined && rules.every((other) => other.notes === undefined)) {
      for (const { field, method } of notes) table.note(type, field, method);
      continue;
    }
    rules.push({ index, applies: applies === true ? undefined : applies, notes });
    if (applies === true && notes === undefined) break;
  }
  const closedTable = new MethodTable(type, table.methods);
  closeByNames(closedTable, type);
  return { type, indexes: messageFieldIndexes[type], table, closedTable, rules };
}

function negate(verdict: Verdict): Verdict {
  return typeof verdict === 'boolean' ? !verdict : (frame) => not(verdict(frame));
}

function both(one: Verdict, other: Verdict): Verdict {
  if (one === false || other === false) return false;
  if (one === true) return other;
  return other === true ? one : (frame) => Math.min(one(frame), other(frame));
}
