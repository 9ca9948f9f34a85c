/** What there is to say of rules that are right: what they do, and what in them is easily overlooked. */
import type { Key } from '../anonymize/key.ts';
import { compileRules } from '../rules/compile.ts';
import type { ConditionName, RulesFile } from '../rules/schema.ts';
import {
  findClientsInClear,
  findKeptClosedFields,
  findKeptNetworks,
  findKeptPorts,
  findKeptUnknown,
  findWholeAddresses,
} from './client-warnings.ts';
import { findFollowedIds, findKeptNames, findOpenedContent } from './content-warnings.ts';
import { effectsOf, type TypeEffects } from './effects.ts';
import {
  findNothingChanged,
  findNothingWritten,
  findUndroppedNames,
  findUnlikelyNames,
  findUnmetRules,
  findWidePublicAddresses,
} from './file-warnings.ts';
import { findFollowedRotation, findOneMap } from './key-warnings.ts';
import { findClientQueriesInAuth, findOneHiddenMessage, findUpdatesInAuth } from './message-warnings.ts';
import { PossibleOutcomes } from './possible-outcomes.ts';
import { findDifferentTimes, findExactTimes, findOneHiddenTime } from './time-warnings.ts';
import type { Finder, Subject, Warning } from './warning.ts';

/** The result of a check. */
export interface Report {
  /** By message type, all fourteen. */
  readonly types: readonly TypeEffects[];
  /** By the index of the rule. */
  readonly ruleNames: readonly string[];
  readonly hidesClients: boolean;
  /** Whether there are addresses that stay as they are, whatever the method. */
  readonly hasPublicAddresses: boolean;
  /** The indexes of the rules that a DNS message can leave undecided, so that they may only take away. */
  readonly undecided: readonly number[];
  /** The indexes of the rules that drop frames by the names that are asked for: of answers these say nothing. */
  readonly dropsByQuestion: readonly number[];
  readonly warnings: readonly Warning[];
}

const FINDERS: readonly Finder[] = [
  findNothingWritten,
  findNothingChanged,
  findClientsInClear,
  findWholeAddresses,
  findKeptNetworks,
  findKeptPorts,
  findFollowedRotation,
  findFollowedIds,
  findOneMap,
  findExactTimes,
  findOneHiddenTime,
  findDifferentTimes,
  findClientQueriesInAuth,
  findUpdatesInAuth,
  findOneHiddenMessage,
  findKeptClosedFields,
  findOpenedContent,
  findKeptNames,
  findKeptUnknown,
  findWidePublicAddresses,
  findUndroppedNames,
  findUnlikelyNames,
  findUnmetRules,
];

/** Checks a valid rules file. `key` is as for compileRules: any key will do, since none shows in a report. */
export function checkRules(file: RulesFile, key?: Key): Report {
  const plan = compileRules(file, key);
  const types = effectsOf(plan);
  const subject: Subject = { file, plan, types, outcomes: new PossibleOutcomes(plan, file.rules ?? []) };
  return {
    types,
    ruleNames: plan.ruleNames,
    hidesClients: plan.hidesClients,
    hasPublicAddresses: plan.publicAddresses !== undefined,
    undecided: undecidedRules(file),
    dropsByQuestion: (file.rules ?? []).flatMap(({ action, match }, index) =>
      action === 'drop' && match?.some(({ qname }) => qname !== undefined) ? [index] : [],
    ),
    warnings: FINDERS.flatMap((find) => find(subject)),
  };
}

/** docs/frames.md, 3: these conditions look at DNS messages. */
const UNDECIDABLE = ['opcode', 'rcode', 'qname', 'qtype', 'sample'] as const satisfies readonly ConditionName[];

function undecidedRules({ rules = [] }: RulesFile): number[] {
  return rules.flatMap(({ match = [], unless = [] }, index) =>
    [...match, ...unless].some((map) => UNDECIDABLE.some((name) => map[name] !== undefined)) ? [index] : [],
  );
}
