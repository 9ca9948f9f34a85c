/** Addresses as text, as the C library and so dnstap-read writes them: RFC 5952, and dotted where the last 32 bits are IPv4. */

/** The text of the 4 or 16 bytes of an address; undefined where there are as many as no address has. */
export function renderAddress(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start === 4) return renderDotted(bytes, start);
  return end - start === 16 ? renderIpv6(bytes, start) : undefined;
}

function renderDotted(bytes: Uint8Array, start: number): string {
  return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
}

const GROUPS = 8;

function renderIpv6(bytes: Uint8Array, start: number): string {
  const group = (index: number) => (bytes[start + 2 * index] << 8) | bytes[start + 2 * index + 1];
  const [zeros, zerosEnd] = longestZeros(group);
  // Of ::/96, but for :: and ::1 and their like, and of ::ffff:0:0/96.
  const isDotted = zeros === 0 && (zerosEnd === 6 || (zerosEnd === 5 && group(5) === 0xffff));
  const groupsEnd = isDotted ? 6 : GROUPS;
  let text = '';
  for (let index = 0; index < groupsEnd; index++) {
    if (index >= zeros && index < zerosEnd) {
      if (index === zeros) text += ':';
    } else text += `${index > 0 ? ':' : ''}${group(index).toString(16)}`;
  }
  if (isDotted) return `${text}:${renderDotted(bytes, start + 12)}`;
  return zerosEnd === GROUPS ? `${text}:` : text;
}

/** The first of the longest runs of two or more groups of zeros, as start and end; an empty one where there is none. */
function longestZeros(group: (index: number) => number): [start: number, end: number] {
  let longest: [number, number] = [GROUPS, GROUPS - 1];
  let start = 0;
  let length = 1;
  for (let index = 0; index <= GROUPS; index++) {
    if (index < GROUPS && group(index) === 0) continue;
    if (index - start > length) {
      longest = [start, index];
      length = index - start;
    }
    start = index + 1;
  }
  return longest;
}
