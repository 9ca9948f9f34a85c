/** How much of a name can be registered: the public suffix (publicsuffix.org, the part of ICANN) and one label more. */
import { parse } from 'tldts';

/** So many names are remembered; then all are forgotten. */
const MAX_REMEMBERED = 65_536;

const OPTIONS = {
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
  allowPrivateDomains: false,
} as const;

const remembered = new Map<string, number>();

/**
 * How many of the last labels of a name can be registered together; 0 where its ending is no public suffix. `name` is text with a dot
 * between labels, none of which holds one, in lower case. Under `arpa` nobody registers a name, and its public suffixes are all there is.
 */
export function countRegistrableLabels(name: string): number {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const count = look(name);
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
