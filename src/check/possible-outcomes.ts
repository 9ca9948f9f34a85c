/** What can become of several fields of one frame together: a rule that names two of them decides on both or on neither. */
import { CompiledConditions } from '../rules/conditions.ts';
import { FieldIndex, type FieldName } from '../rules/field.ts';
import type { Method, Plan, PlannedRule } from '../rules/plan.ts';
import type { Conditions, Rule } from '../rules/schema.ts';
import { type Outcome, outcomeOf } from './effects.ts';

/** With more different conditions than this, only those combinations are looked at in which at most one of them holds. */
const MAX_COMBINED_CONDITIONS = 10;

/** A rule that frames of one type may meet. */
interface Step {
  readonly rule: PlannedRule;
  /** A text that is the same for the same conditions; undefined where the rule applies to every frame of the type. */
  readonly condition: string | undefined;
}

/** Asks a plan what becomes of fields together. */
export class PossibleOutcomes {
  readonly #plan: Plan;
  readonly #rules: readonly Rule[];
  /** By message type. */
  readonly #steps: (Step[] | undefined)[] = [];

  /** `rules` are those that the plan was compiled from. */
  constructor(plan: Plan, rules: readonly Rule[]) {
    this.#plan = plan;
    this.#rules = rules;
  }

  /**
   * The outcomes of the fields that frames of the type may have together, each combination once. Rules with the same conditions apply
   * together; different conditions are taken for independent of one another. What is removed because nobody can decide whether a rule
   * applies is left out.
   */
  of(type: number, fields: readonly FieldName[]): Outcome[][] {
    const indexes = fields.map((name) => FieldIndex[name]);
    const start = indexes.map((field) => this.#plan.types[type].table.methods[field]);
    const found = new Map<string, Outcome[]>();
    for (const steps of combinationsOf(relevantSteps(this.#stepsOf(type), indexes))) {
      const outcomes = methodsAfter(steps, indexes, start)?.map(outcomeOf);
      if (outcomes !== undefined) found.set(JSON.stringify(outcomes), outcomes);
    }
    return [...found.values()];
  }

  #stepsOf(type: number): Step[] {
    this.#steps[type] ??= this.#plan.types[type].rules.map((rule) => {
      const { match, unless } = this.#rules[rule.index];
      const condition =
        rule.applies && JSON.stringify([match && mapsFor(match, type), unless && mapsFor(unless, type)]);
      return { rule, condition };
    });
    return this.#steps[type];
  }
}

/** The steps that note something for one of the fields, and those that drop under the same conditions as one of these, or always. */
function relevantSteps(steps: readonly Step[], fields: readonly number[]): Step[] {
  const notes = ({ rule }: Step) => rule.notes?.some(({ field }) => fields.includes(field)) ?? false;
  const conditions = new Set(steps.filter(notes).map(({ condition }) => condition));
  return steps.filter((step) => {
    const drops = step.rule.notes === undefined;
    return notes(step) || (drops && (step.condition === undefined || conditions.has(step.condition)));
  });
}

/** For each combination of conditions that may hold together the steps that then are taken. */
function* combinationsOf(steps: readonly Step[]): Generator<Step[]> {
  const conditions = [...new Set(steps.flatMap(({ condition }) => condition ?? []))];
  if (conditions.length <= MAX_COMBINED_CONDITIONS) {
    for (let bits = 0; bits < 2 ** conditions.length; bits++) {
      const holding = new Set(conditions.filter((_, index) => ((bits >>> index) & 1) === 1));
      yield steps.filter(({ condition }) => condition === undefined || holding.has(condition));
    }
    return;
  }
  const groups = new Map<string | undefined, Step[]>();
  for (const step of steps) {
    const group = groups.get(step.condition);
    if (group === undefined) groups.set(step.condition, [step]);
    else group.push(step);
  }
  const always = groups.get(undefined) ?? [];
  yield always;
  for (const condition of conditions) {
    yield [...always, ...(groups.get(condition) ?? [])].sort((one, other) => one.rule.index - other.rule.index);
  }
}

/** The methods after these steps; undefined where one of them drops the frame. */
function methodsAfter(
  steps: readonly Step[],
  fields: readonly number[],
  start: readonly Method[],
): Method[] | undefined {
  const methods = [...start];
  for (const { rule } of steps) {
    if (rule.notes === undefined) return undefined;
    for (const { field, method } of rule.notes) {
      const place = fields.indexOf(field);
      if (place >= 0) methods[place] = method;
    }
  }
  return methods;
}

/** What is left of the maps for frames of the type, in an order that does not depend on how they were written. */
function mapsFor(maps: readonly Conditions[], type: number): string[] {
  return maps
    .filter((map) => map.type === undefined || new CompiledConditions([{ type: map.type }]).forType(type) === true)
    .map(({ type: _, ...others }) => {
      // The conditions of a map are in the order of the schema already.
      return JSON.stringify(
        Object.entries(others).map(([name, values]) => [name, Array.isArray(values) ? values.toSorted() : values]),
      );
    })
    .toSorted();
}
