/** Rules to a plan: once, at start. What the message type alone decides is decided here. */

import type { Key } from '../anonymize/key.ts';
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import { CompiledMethods } from './compile-methods.ts';
import { addressSet, CompiledConditions, type Verdict } from './conditions.ts';
import { FIELD_NAMES, FieldIndex, type FieldName } from './field.ts';
import {
  ANONYMOUS,
  KEEP,
  type Method,
  MethodTable,
  type Note,
  type Plan,
  type PlannedRule,
  REMOVE,
  type TypePlan,
} from './plan.ts';
import type { MethodSpec, Rule, RulesFile } from './schema.ts';
import { not } from './truth.ts';

/** Compiles a valid rules file. `key` is what the file's key section, or the command line, stands for. */
export function compileRules(file: RulesFile, key?: Key): Plan {
  const rules = file.rules ?? [];
  const methods = new CompiledMethods(key, file.key ?? {});
  const hidesClients = hidesClientAddress(file);
  const compiled = rules.map((rule) => compileRule(rule, hidesClients, methods));
  const defaults = defaultMethods(file.default === 'keep' ? KEEP : REMOVE, hidesClients);
  const addresses = file.public?.addresses;
  return {
    types: [0, ...MESSAGE_TYPES.map((type) => type.number)].map((type) => planType(type, compiled, defaults)),
    ruleNames: rules.map((rule, index) => rule.name ?? `rule ${index + 1}`),
    publicAddresses: addresses && addressSet(addresses),
    hidesClients,
  };
}

function hidesClientAddress(file: RulesFile): boolean {
  if (file.default === 'remove') return true;
  return (file.rules ?? []).some((rule) => (rule.set?.client_address ?? 'keep') !== 'keep');
}

/** By the index of the field: what happens to a field that no rule names. */
function defaultMethods(fallback: Method, hidesClients: boolean): Method[] {
  const methods = FIELD_NAMES.map(() => fallback);
  methods[FieldIndex.unknown] = REMOVE;
  if (hidesClients) {
    for (const name of ['query_message', 'response_message', 'query_zone', 'extra'] as const) {
      methods[FieldIndex[name]] = REMOVE;
    }
    if (fallback === KEEP) methods[FieldIndex.policy] = ANONYMOUS;
  }
  return methods;
}

interface CompiledRule {
  readonly match: CompiledConditions | undefined;
  readonly unless: CompiledConditions | undefined;
  readonly notes: readonly Note[] | undefined;
}

function compileRule(rule: Rule, hidesClients: boolean, methods: CompiledMethods): CompiledRule {
  return {
    match: rule.match && new CompiledConditions(rule.match),
    unless: rule.unless && new CompiledConditions(rule.unless),
    notes: rule.set && compileNotes(rule.set, hidesClients, methods),
  };
}

function compileNotes(set: NonNullable<Rule['set']>, hidesClients: boolean, methods: CompiledMethods): Note[] {
  return (Object.entries(set) as [FieldName, MethodSpec][]).map(([name, spec]) => {
    // A message that cannot be cleaned names its client again, whatever the rule wants of it.
    const isMessage = name === 'query_message' || name === 'response_message';
    return { field: FieldIndex[name], method: isMessage && hidesClients ? REMOVE : methods.method(name, spec) };
  });
}

/** The rules for one message type: those that never apply are left out, those before the first undecided one are settled. */
function planType(type: number, compiled: readonly CompiledRule[], defaults: readonly Method[]): TypePlan {
  const table = new MethodTable(type, defaults);
  const rules: PlannedRule[] = [];
  for (const [index, rule] of compiled.entries()) {
    const applies = both(rule.match?.forType(type) ?? true, negate(rule.unless?.forType(type) ?? false));
    if (applies === false) continue;
    // A frame that a drop leaves is what it was, so only a `set` before keeps this one from being settled here.
    if (applies === true && rule.notes !== undefined && rules.every(({ notes }) => notes === undefined)) {
      for (const { field, method } of rule.notes) table.note(type, field, method);
      continue;
    }
    rules.push({ index, applies: applies === true ? undefined : applies, notes: rule.notes });
    if (applies === true && rule.notes === undefined) break;
  }
  return { type, table, rules };
}

function negate(verdict: Verdict): Verdict {
  return typeof verdict === 'boolean' ? !verdict : (frame) => not(verdict(frame));
}

function both(one: Verdict, other: Verdict): Verdict {
  if (one === false || other === false) return false;
  if (one === true) return other;
  return other === true ? one : (frame) => Math.min(one(frame), other(frame));
}
