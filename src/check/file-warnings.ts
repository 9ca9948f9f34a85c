/** Warnings of what in a file is wider, or narrower, than it looks. */
import { CompiledConditions } from '../rules/conditions.ts';
import { NameSet, parseNamePattern } from '../rules/name-set.ts';
import { parsePrefix } from '../rules/prefix.ts';
import type { Rule } from '../rules/schema.ts';
import { type Finder, isWritten, type Warning } from './warning.ts';
import { renderList, renderRule, startSentence } from './words.ts';

/** The widest public entry that needs no warning, in bits. */
const PUBLIC_BITS = { ipv4: 24, ipv6: 56 } as const;
const MAX_NAMED_ENTRIES = 3;

export const findWidePublicAddresses: Finder = ({ file }) => {
  const wide = (file.public?.addresses ?? []).filter((text) => {
    const { address, bits } = parsePrefix(text);
    return bits < (address.length === 4 ? PUBLIC_BITS.ipv4 : PUBLIC_BITS.ipv6);
  });
  if (wide.length === 0) return [];
  return [
    {
      code: 'PUBLIC_WIDE',
      message: `public.addresses has entries wider than /24 or /56: ${renderList(cutList(wide))}.`,
      reason:
        'What is public stays as it is wherever it stands: in so wide a network clients may be among the servers.',
      advice: 'Name the servers themselves, or the smallest networks in which there is nobody else.',
    },
  ];
};

/** Of many entries the first ones. */
function cutList(entries: readonly string[]): string[] {
  const rest = entries.length - MAX_NAMED_ENTRIES;
  return [...entries.slice(0, MAX_NAMED_ENTRIES), ...(rest > 0 ? [`${rest} more`] : [])];
}

/** As in RPZ, a wildcard is not the name that it stands before. */
export const findUndroppedNames: Finder = ({ file, plan }) => {
  const dropped = new NameSet();
  const namesOf = ({ action, match }: Rule) =>
    action === 'drop' ? (match ?? []).flatMap(({ qname }) => qname ?? []) : [];
  const rules = file.rules ?? [];
  for (const text of rules.flatMap(namesOf)) dropped.add(text);
  return rules.flatMap((rule, index): Warning[] => {
    const forgotten = namesOf(rule).filter((text) => {
      const pattern = parseNamePattern(text);
      return pattern !== undefined && !dropped.has(pattern.name, 0, 0);
    });
    if (forgotten.length === 0) return [];
    return [
      {
        code: 'NAME_NOT_DROPPED',
        rule: index,
        message: startSentence(
          `${renderRule(plan.ruleNames, index)} drops ${renderList(cutList(forgotten))}, and no rule drops the name without "*.".`,
        ),
        reason: 'A wildcard means what is below a name, and not the name.',
        advice: 'Name both, as in qname: [example.com, "*.example.com"].',
      },
    ];
  });
};

export const findUnmetRules: Finder = ({ file, plan, types }) => {
  const conditions = (file.rules ?? []).map(compileConditions);
  return conditions.flatMap((appliesTo, rule): Warning[] => {
    const isMet = types.some(({ type, droppedBy }) => rule <= (droppedBy ?? rule) && appliesTo(type));
    if (isMet) return [];
    return [
      {
        code: 'RULE_NEVER_APPLIES',
        rule,
        message: startSentence(`${renderRule(plan.ruleNames, rule)} never applies.`),
        reason: 'No message type can meet its conditions, or an earlier rule drops every frame that would.',
        advice: 'Look at its match and unless, and at the rules before it; or take it out.',
      },
    ];
  });
};

/** Whether frames of a type may meet a rule that they reach. */
function compileConditions({ match, unless }: Rule): (type: number) => boolean {
  const matching = match && new CompiledConditions(match);
  const excepted = unless && new CompiledConditions(unless);
  return (type) => matching?.forType(type) !== false && excepted?.forType(type) !== true;
}

export const findNothingWritten: Finder = ({ types }) => {
  if (types.some(isWritten)) return [];
  return [
    {
      code: 'NOTHING_WRITTEN',
      message: 'No frame is written.',
      reason: 'Each is dropped by a rule, or has nothing left but its type.',
      advice: 'Name what is to be kept, as in set: { server_address: keep }.',
    },
  ];
};
