/** How much of a name can be registered: the public suffix (publicsuffix.org, the part of ICANN) and one label more. */
import { parse } from 'tldts';

/** More labels than the longest public suffix has, and the one before it: no more of a name is looked at. */
export const MAX_REGISTRABLE_LABELS = 8;

/** So many names are remembered, of no more characters than this; then all are forgotten. */
const MAX_REMEMBERED = 65_536;
const MAX_REMEMBERED_LENGTH = 64;

const OPTIONS = {
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
  allowPrivateDomains: false,
} as const;

const remembered = new Map<string, number>();

/**
 * How many of the last labels of a name can be registered together; 0 where its ending is no public suffix. `name` is the text of as
 * many of its last labels as there are, up to MAX_REGISTRABLE_LABELS, with a dot between labels, none of which holds one, in lower case. Under `arpa` nobody registers a name, and its public suffixes are all there is.
 */
export function countRegistrableLabels(name: string): number {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const count = look(name);
  if (name.length > MAX_REMEMBERED_LENGTH) return count;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(name, count);
  return count;
}

function look(name: string): number {
  if (name === '') return 0;
  const { publicSuffix, isIcann } = parse(name, OPTIONS);
  if (isIcann !== true || publicSuffix === null) return 0;
  const labels = publicSuffix.split('.').length;
  return publicSuffix === 'arpa' || publicSuffix.endsWith('.arpa') ? labels : labels + 1;
}
