/** The words in which a check speaks of outcomes, rules and message types. */
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import { quote } from '../rules/rules-issues.ts';
import type { Outcome } from './effects.ts';

/** An outcome as a cell of the table shows it: `truncate /24 /48`, `crypto-pan by week`. The text of `replaced` is left out. */
export function renderOutcome(outcome: Outcome): string {
  if (outcome.effect === 'truncate') {
    return 'unit' in outcome ? `truncate ${outcome.unit}` : `truncate /${outcome.ipv4} /${outcome.ipv6}`;
  }
  if (outcome.effect === 'labels') return `${outcome.labels} ${outcome.labels === 1 ? 'label' : 'labels'}`;
  return 'rotate' in outcome && outcome.rotate !== undefined
    ? `${outcome.effect} by ${outcome.rotate}`
    : outcome.effect;
}

/** An outcome in full. */
export function renderWholeOutcome(outcome: Outcome): string {
  return outcome.effect === 'replaced' ? `replaced by ${quote(outcome.text)}` : renderOutcome(outcome);
}

/** What a rule is called in a sentence: `the rule "no updates"`, or `rule 3` where it has no name. */
export function renderRule(ruleNames: readonly string[], index: number): string {
  const name = ruleNames[index];
  return name === `rule ${index + 1}` ? name : `the rule ${quote(name)}`;
}

/** Of more types than all but so many the others are named. */
const MAX_OTHERS = 4;

/** Message types in a sentence, by their mnemonics: `CQ and CR`, `every type but RQ and RR`. */
export function renderTypes(mnemonics: readonly string[]): string {
  const others = MESSAGE_TYPES.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !mnemonics.includes(mnemonic));
  if (others.length === 0) return 'every type';
  return others.length <= MAX_OTHERS ? `every type but ${renderList(others)}` : renderList(mnemonics);
}

/** Words in a sentence: `a`, `a and b`, `a, b and c`. */
export function renderList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Of more words than so many the first ones are named. */
const MAX_WORDS = 3;

/** Words in a sentence, of many the first ones and how many more there are. */
export function renderFirst(words: readonly string[]): string {
  const rest = words.length - MAX_WORDS;
  return renderList(rest > 0 ? [...words.slice(0, MAX_WORDS), `${rest} more`] : words);
}

/** The text with a capital letter. */
export function startSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The text in lines of at most `width` columns, the first behind `first` and the others behind as many spaces. */
export function wrap(text: string, width: number, first: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(first.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
