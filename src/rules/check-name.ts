/** What a rules file may write for a name. */
import { parseNamePattern } from './name-set.ts';

/** Answers with what is wrong with a name, or with nothing. `*.` may stand before it. */
export function checkName(text: string): string | undefined {
  if (/\P{ASCII}/u.test(text))
    return 'a name is written in ASCII: a label that has other characters in its form "xn--..."';
  if (text.length > 1 && text.startsWith('.') && parseNamePattern(`*${text}`) !== undefined) {
    return `a name does not begin with a dot: "*${text}" is everything below ${text.slice(1)}`;
  }
  if (parseNamePattern(text) === undefined) return NO_NAME;
  return hasLooseAsterisk(text) ? LOOSE_ASTERISK : undefined;
}

/** Whether a `*` stands anywhere but in front of everything as `*.`, and without a backslash: to people it is no octet of a name. */
function hasLooseAsterisk(text: string): boolean {
  return text.replace(/^\*\./, '').replaceAll(/\\./gs, '').includes('*');
}

const LOOSE_ASTERISK =
  'a * stands only in front of a name and a dot: "*.example.com" is everything below example.com, and "*." everything below the root (an asterisk in a name is written \\*)';
const NO_NAME =
  'this is no name such as example.com, and no wildcard such as "*.example.com": its labels have 1 to 63 octets, and it has 255 at most';
