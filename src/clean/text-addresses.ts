/** Addresses that somebody wrote into the text of TXT. */
import { foldOctet } from '../dns/name.ts';

const MARK = 0x78;
/** By octet: 1 where it is one of which addresses are written. */
const OF_ADDRESS = new Uint8Array(256);
for (const octet of Buffer.from('0123456789abcdefABCDEF:.')) OF_ADDRESS[octet] = 1;
const SPF = Buffer.from('v=spf1');
const MIN_COLONS = 5;

/**
 * Overwrites with `x` what may be an address in the strings of the rdata from `start` to `end`; that of an SPF policy (RFC 7208) stays, since
 * its addresses are the mail servers'. Returns whether something was. Rather too much than too little: times of day with five colons go too.
 */
export function overwriteAddresses(bytes: Uint8Array, start: number, end: number): boolean {
  if (isSpf(bytes, start)) return false;
  let isChanged = false;
  for (let string = start; string < end; string += 1 + bytes[string]) {
    const stringEnd = string + 1 + bytes[string];
    for (let position = string + 1; position < stringEnd; ) {
      let runEnd = position;
      while (runEnd < stringEnd && OF_ADDRESS[bytes[runEnd]] === 1) runEnd++;
      if (runEnd > position && mayBeAddress(bytes, position, runEnd)) {
        bytes.fill(MARK, position, runEnd);
        isChanged = true;
      }
      position = runEnd + 1;
    }
  }
  return isChanged;
}

function isSpf(bytes: Uint8Array, start: number): boolean {
  const length = bytes[start];
  if (length < SPF.length) return false;
  for (let index = 0; index < SPF.length; index++) {
    if (foldOctet(bytes[start + 1 + index]) !== SPF[index]) return false;
  }
  return length === SPF.length || bytes[start + 1 + SPF.length] === 0x20;
}

function mayBeAddress(bytes: Uint8Array, start: number, end: number): boolean {
  let colons = 0;
  let dots = 0;
  for (let position = start; position < end; position++) {
    if (bytes[position] === 0x2e) dots++;
    if (bytes[position] !== 0x3a) continue;
    colons++;
    if (colons === MIN_COLONS || (bytes[position + 1] === 0x3a && position + 1 < end)) return true;
  }
  return (
    dots >= 3 &&
    /(?<!\d)(?:(?:25[0-5]|2[0-4]\d|[01]?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d?\d)(?!\d)/.test(
      Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'),
    )
  );
}
