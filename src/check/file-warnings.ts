/** Warnings of what in a file is wider, or narrower, than it looks. */
import { CompiledConditions } from '../rules/conditions.ts';
import { NameSet, parseNamePattern } from '../rules/name-set.ts';
import { parsePrefix } from '../rules/prefix.ts';
import { quote } from '../rules/rules-issues.ts';
import type { Rule } from '../rules/schema.ts';
import type { TypeEffects } from './effects.ts';
import { type Finder, isWritten, type Warning } from './warning.ts';
import { renderFirst, renderRule, startSentence } from './words.ts';

/** The widest public entry that needs no warning, in bits. */
const PUBLIC_BITS = { ipv4: 24, ipv6: 56 } as const;

export const findWidePublicAddresses: Finder = ({ file }) => {
  const wide = (file.public?.addresses ?? []).filter((text) => {
    const { address, bits } = parsePrefix(text);
    return bits < (address.length === 4 ? PUBLIC_BITS.ipv4 : PUBLIC_BITS.ipv6);
  });
  if (wide.length === 0) return [];
  return [
    {
      code: 'PUBLIC_WIDE',
      message: `public.addresses has entries wider than /24 or /56: ${renderFirst(wide)}.`,
      reason:
        'What is public stays as it is wherever it stands: in so wide a network clients may be among the servers.',
      advice: 'Name the servers themselves, or the smallest networks in which there is nobody else.',
    },
  ];
};

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
          `${renderRule(plan.ruleNames, index)} drops ${renderFirst(forgotten)}, and no rule drops the name without "*.".`,
        ),
        reason: 'A wildcard means what is below a name, and not the name.',
        advice: 'Name both, as in qname: [example.com, "*.example.com"].',
      },
    ];
  });
};

/** Other tools have regular expressions where rules have names. */
export const findUnlikelyNames: Finder = ({ file, plan }) =>
  (file.rules ?? []).flatMap(({ match = [], unless = [] }, rule): Warning[] => {
    const names = [...match, ...unless].flatMap(({ qname }) => qname ?? []).filter(isUnlikely);
    if (names.length === 0) return [];
    return [
      {
        code: 'NAME_UNLIKELY',
        rule,
        message: startSentence(
          `${renderRule(plan.ruleNames, rule)} asks for ${renderFirst(names.map(quote))}, and no host has such a name.`,
        ),
        reason: 'A name is compared as a whole, label by label: nothing in it is a regular expression.',
        advice: 'Write the name, or "*." and the name for everything below it, as in "*.example.com".',
      },
    ];
  });

/** Labels of hosts, of services (RFC 2782), and of parts of a reverse zone (RFC 2317). */
const LIKELY_LABEL = /^(?:[a-z0-9_-]+|\d+\/\d+)$/;

function isUnlikely(text: string): boolean {
  const name = parseNamePattern(text)?.name ?? new Uint8Array(1);
  for (let label = 0; name[label] !== 0; label += name[label] + 1) {
    const octets = name.subarray(label + 1, label + 1 + name[label]);
    if (!LIKELY_LABEL.test(String.fromCharCode(...octets))) return true;
  }
  return false;
}

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

export const findNothingChanged: Finder = ({ types }) => {
  const isKept = ({ droppedBy, thinnedBy, cells }: TypeEffects) =>
    droppedBy === undefined &&
    thinnedBy.length === 0 &&
    Object.entries(cells).every(
      ([name, { effect }]) => name === 'unknown' || effect === 'in clear' || effect === 'absent',
    );
  if (!types.every(isKept)) return [];
  return [
    {
      code: 'NOTHING_CHANGED',
      message: 'Every frame is written as it came, but for unknown fields.',
      reason: 'What these rules have filtered tells as much as it did before.',
      advice: 'Write rules, or start from a file that comes with tapfilter: "tapfilter rules" lists them.',
    },
  ];
};
