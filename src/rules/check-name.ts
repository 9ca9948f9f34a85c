/** What a rules file may write for a name. */
import { parseNamePattern } from './name-set.ts';

/** Answers with what is wrong with a name, or with nothing. `*.` may stand before it. */
export function checkName(text: string): string | undefined {
  if (/\P{ASCII}/u.test(text))
    return 'a name is written in ASCII: a label that has other characters in its form "xn--..."';
  if (parseNamePattern(text) !== undefined) return undefined;
  return 'this is no name such as example.com, and no wildcard such as "*.example.com": its labels have 1 to 63 octets, and it has 255 at most';
}
