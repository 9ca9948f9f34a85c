/** Names as people write them (RFC 1035, 5.1), into wire format. */
import { foldOctet, MAX_NAME_LENGTH } from './name.ts';

const MAX_LABEL_LENGTH = 63;

/**
 * The name in wire format, A to Z as a to z; undefined where the text is none. Labels are joined by dots, a dot at the end means
 * nothing, `.` alone is the root. `\.` is a dot within a label, `\` and three decimal digits an octet, `\` before another character that
 * character. Characters that are no ASCII are none of a name.
 */
export function parseName(text: string): Uint8Array | undefined {
  if (text === '.') return Uint8Array.of(0);
  const octets: number[] = [];
  let label: number[] = [];
  let isAbsolute = false;
  const endLabel = () => {
    if (label.length === 0 || label.length > MAX_LABEL_LENGTH) return false;
    octets.push(label.length, ...label);
    label = [];
    return true;
  };
  for (const [token] of text.matchAll(/\\\d{3}|\\[^\d]|[^\\]|\\/gs)) {
    isAbsolute = token === '.';
    if (isAbsolute) {
      if (!endLabel()) return undefined;
      continue;
    }
    const octet = octetOf(token);
    if (octet === undefined) return undefined;
    label.push(foldOctet(octet));
  }
  if (!isAbsolute && !endLabel()) return undefined;
  octets.push(0);
  return octets.length > MAX_NAME_LENGTH ? undefined : Uint8Array.from(octets);
}

function octetOf(token: string): number | undefined {
  if (token === '\\') return undefined;
  const octet = /^\\\d/.test(token) ? Number(token.slice(1)) : (token.at(-1) ?? '').charCodeAt(0);
  const isEscaped = /^\\\d/.test(token);
  return octet <= (isEscaped ? 0xff : 0x7e) && (isEscaped || octet > 0x20) ? octet : undefined;
}
