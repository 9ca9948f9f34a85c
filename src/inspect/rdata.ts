/**
 * What BIND 9.18 takes for the data of a record: with a record that it does not take, it does not read the message, and dnstap-read shows
 * no question. One line a type; the formats are those of the RFCs that define the types. What is left out: the regular expression
 * of NAPTR is not compiled.
 */

import { typeNumber } from '../dns/record-types.ts';
import { countLabels } from './name-text.ts';
import { type Check, RdataCursor } from './rdata-cursor.ts';
import { checkOptions, checkService } from './rdata-options.ts';

const name: Check = (rdata) => rdata.name();
const text: Check = (rdata) => rdata.text();
const longText: Check = (rdata) => rdata.longText();
const octets =
  (count: number): Check =>
  (rdata) =>
    rdata.octets(count);
const rest =
  (minimum: number): Check =>
  (rdata) =>
    rdata.left >= minimum && rdata.octets(rdata.left);
const sequence =
  (...checks: Check[]): Check =>
  (rdata) =>
    checks.every((check) => check(rdata));
/** As many as there are, but one at least. */
const many =
  (check: Check): Check =>
  (rdata) => {
    do if (!check(rdata)) return false;
    while (rdata.left > 0);
    return true;
  };

const anything = rest(0);
const names = sequence(name, name);
const preferenceAndName = sequence(octets(2), name);
const signature = sequence(octets(18), name, rest(1));

const checks = checksByType({
  'NS MD MF CNAME MB MG MR PTR DNAME': name,
  SOA: sequence(names, octets(20)),
  HINFO: sequence(text, text),
  'MINFO RP TALINK': names,
  'MX AFSDB RT LP': preferenceAndName,
  'TXT NINFO SPF AVC RESINFO WALLET': many(text),
  X25: checkDigits,
  ISDN: (rdata) => rdata.text() && (rdata.left === 0 || rdata.text()),
  SIG: signature,
  KEY: checkOldKey,
  'DNSKEY CDNSKEY': checkKey,
  RKEY: (rdata) => rdata.left >= 2 && rdata.peek16(0) === 0 && checkKey(rdata),
  GPOS: sequence(text, text, text),
  LOC: checkLocation,
  NXT: sequence(name, checkOldBitmap),
  NAPTR: sequence(octets(4), text, text, checkSubstitution, name),
  CERT: rest(6),
  SINK: rest(3),
  OPT: checkOptions,
  'DS CDS TA DLV': checkDigest,
  SSHFP: checkFingerprint,
  IPSECKEY: checkGatewayAndKey,
  RRSIG: checkSignature,
  NSEC: sequence(name, checkBitmaps(false)),
  NSEC3: checkHashedDenial,
  NSEC3PARAM: sequence(octets(4), text),
  'TLSA SMIMEA': rest(4),
  HIP: checkHostIdentity,
  'OPENPGPKEY HHIT BRID': rest(1),
  CSYNC: sequence(octets(6), checkBitmaps(true)),
  ZONEMD: checkZoneDigest,
  DSYNC: sequence(octets(5), name),
  'NID L64': octets(10),
  'L32 EUI48': octets(6),
  EUI64: octets(8),
  TKEY: sequence(name, octets(12), longText, longText),
  URI: rest(4),
  CAA: checkAuthorization,
  DOA: sequence(octets(9), text, anything),
  AMTRELAY: checkRelay,
});

const [IN, CH, HS, ANY] = [1, 3, 4, 255];

/** Types whose data depend on the class; in other classes they may be anything. */
const checksByClass = new Map([
  [
    IN,
    checksByType({
      A: octets(4),
      WKS: sequence(octets(5), checkPorts),
      'NSAP EID NIMLOC DHCID': rest(1),
      'NSAP-PTR': name,
      PX: sequence(octets(2), names),
      AAAA: octets(16),
      SRV: sequence(octets(6), name),
      ATMA: checkAtmAddress,
      KX: preferenceAndName,
      A6: checkChainedAddress,
      APL: checkPrefixes,
      'SVCB HTTPS': checkService,
    }),
  ],
  [CH, checksByType({ A: sequence(name, octets(2)) })],
  [HS, checksByType({ A: octets(4) })],
  [ANY, checksByType({ TSIG: sequence(name, octets(8), longText, octets(4), longText) })],
]);

/** The checks by number of type; each stands under the names of its types, with spaces between. */
function checksByType(table: Readonly<Record<string, Check>>): ReadonlyMap<number, Check> {
  return new Map(
    Object.entries(table).flatMap(([types, check]) =>
      types.split(' ').map((type) => [typeNumber(type), check] as const),
    ),
  );
}

const cursor = new RdataCursor();

/** Whether the octets from `start` to `end`, in the message that starts at `message`, are data of a record of that type and class. */
export function isRdata(
  bytes: Uint8Array,
  message: number,
  type: number,
  dnsClass: number,
  start: number,
  end: number,
): boolean {
  if (type === 0) return false;
  const check = checks.get(type) ?? checksByClass.get(dnsClass)?.get(type);
  if (check === undefined) return true;
  cursor.bytes = bytes;
  cursor.message = message;
  cursor.position = start;
  cursor.end = end;
  return check(cursor) && cursor.position === end;
}

/** RFC 1876, 2: other versions than 0 are not looked into. */
function checkLocation(rdata: RdataCursor): boolean {
  if (rdata.left === 0) return false;
  if (rdata.peek(0) !== 0) return rdata.octets(rdata.left);
  if (rdata.left < 16) return false;
  for (const ahead of [1, 2, 3]) {
    const precision = rdata.peek(ahead);
    const [base, exponent] = [precision >> 4, precision & 0x0f];
    if (precision !== 0 && (base === 0 || base > 9 || exponent > 9)) return false;
  }
  return isAngle(rdata, 4, 90) && isAngle(rdata, 8, 180) && rdata.octets(16);
}

/** Thousandths of a second of arc; 2^31 is the equator or the prime meridian. */
function isAngle(rdata: RdataCursor, ahead: number, degrees: number): boolean {
  const angle = rdata.peek16(ahead) * 0x1_0000 + rdata.peek16(ahead + 2);
  return Math.abs(angle - 0x8000_0000) <= degrees * 3_600_000;
}

/** RFC 2535, 5.2: the types below 128, without zeros at the end. The first bit marks another format. */
function checkOldBitmap(rdata: RdataCursor): boolean {
  const { left } = rdata;
  return left === 0 || (left <= 16 && rdata.peek(0) < 0x80 && rdata.peek(left - 1) !== 0 && rdata.octets(left));
}

/** RFC 4034, 3.1: as of SIG, but the signer's name has no more labels than the owner's. */
function checkSignature(rdata: RdataCursor): boolean {
  const { bytes, message, position } = rdata;
  return signature(rdata) && countLabels(bytes, message, position + 18) <= bytes[position + 3];
}

const SHA1 = 1;
const SHA1_LENGTH = 20;
const isBitmap = checkBitmaps(true);

/** RFC 5155, 3.2: algorithm, flags, iterations, salt, hash, types. */
function checkHashedDenial(rdata: RdataCursor): boolean {
  if (rdata.left < 4) return false;
  const algorithm = rdata.peek(0);
  if (!rdata.octets(4) || !rdata.text() || rdata.left === 0) return false;
  const length = rdata.peek(0);
  if (length === 0 || (algorithm === SHA1 && length !== SHA1_LENGTH)) return false;
  return rdata.text() && isBitmap(rdata);
}

/** RFC 4034, 4.1.2: windows in ascending order, without zeros at the end. */
function checkBitmaps(mayBeEmpty: boolean): Check {
  return (rdata) => {
    let window = -1;
    while (rdata.left > 0) {
      if (rdata.left < 2 || rdata.peek(0) <= window) return false;
      window = rdata.peek(0);
      const length = rdata.peek(1);
      if (length < 1 || length > 32 || rdata.left < 2 + length || rdata.peek(1 + length) === 0) return false;
      rdata.octets(2 + length);
    }
    return mayBeEmpty || window >= 0;
  };
}

/** RFC 3403, 4.1, and RFC 3402, 3.2: a delimiter, and between it an expression, what replaces it, and flags. */
function checkSubstitution(rdata: RdataCursor): boolean {
  const start = rdata.position + 1;
  if (!rdata.text()) return false;
  const substitution = Buffer.from(rdata.bytes.subarray(start, rdata.position)).toString('latin1');
  if (substitution === '') return true;
  const delimiter = substitution.charAt(0);
  if (/[\\0-9i\0]/.test(delimiter) || substitution.includes('\0')) return false;
  let delimiters = 0;
  for (let index = 1; index < substitution.length; index++) {
    const character = substitution.charAt(index);
    if (character === delimiter) delimiters++;
    else if (delimiters === 2 && character !== 'i') return false;
    else if (character === '\\' && ++index === substitution.length) return false;
    else if (character === '\\' && delimiters === 1 && substitution.charAt(index) === '0') return false;
  }
  return delimiters === 2;
}

/** Lengths of the digests that have a fixed one, in octets. */
const DIGEST_LENGTHS = new Map([
  [1, 20],
  [2, 32],
  [4, 48],
]);

/** RFC 1183, 3.1: at least four digits. */
function checkDigits(rdata: RdataCursor): boolean {
  if (rdata.left < 5 || rdata.peek(0) < 4) return false;
  const start = rdata.position + 1;
  return rdata.text() && areDigits(rdata.bytes, start, rdata.position);
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).every((octet) => octet >= 0x30 && octet <= 0x39);
}

/** An ATM End System Address (format 0) or a telephone number (1). */
function checkAtmAddress(rdata: RdataCursor): boolean {
  if (rdata.left < 2) return false;
  return (rdata.peek(0) !== 1 || areDigits(rdata.bytes, rdata.position + 1, rdata.end)) && rdata.octets(rdata.left);
}

/** RFC 1035, 3.4.2: a bit a port, without zeros at the end. */
function checkPorts(rdata: RdataCursor): boolean {
  const { left } = rdata;
  return left <= 8192 && (left === 0 || rdata.peek(left - 1) !== 0) && rdata.octets(left);
}

const PRIVATE_ALGORITHM = 253;

/** RFC 4034, 2.1, and A.1.1: flags, protocol, algorithm, key, in which some algorithms begin with a name. */
function checkKey(rdata: RdataCursor): boolean {
  if (rdata.left < 5) return false;
  const algorithm = rdata.peek(3);
  return rdata.octets(4) && (algorithm !== PRIVATE_ALGORITHM || rdata.name()) && rdata.octets(rdata.left);
}

/** RFC 2535, 3.1.2: two flags say that there is no key. */
function checkOldKey(rdata: RdataCursor): boolean {
  const hasNoKey = rdata.left >= 4 && (rdata.peek(0) & 0xc0) === 0xc0;
  return hasNoKey ? rdata.octets(4) : checkKey(rdata);
}

/** RFC 4034, 5.1. */
function checkDigest(rdata: RdataCursor): boolean {
  if (rdata.left < 5) return false;
  const length = DIGEST_LENGTHS.get(rdata.peek(3));
  return (length === undefined || rdata.left === 4 + length) && rdata.octets(rdata.left);
}

/** RFC 4255, 3.1, and RFC 6594. */
function checkFingerprint(rdata: RdataCursor): boolean {
  if (rdata.left < 2) return false;
  const type = rdata.peek(1);
  return (type !== 1 || rdata.left === 22) && (type !== 2 || rdata.left === 34) && rdata.octets(rdata.left);
}

/** RFC 8976, 2.2. */
function checkZoneDigest(rdata: RdataCursor): boolean {
  if (rdata.left < 18) return false;
  const type = rdata.peek(5);
  return (type !== 1 || rdata.left === 54) && (type !== 2 || rdata.left === 70) && rdata.octets(rdata.left);
}

/** An address or a name, as its type says; false for other types. */
function checkGateway(rdata: RdataCursor, type: number): boolean {
  return (
    type === 0 || (type === 1 && rdata.octets(4)) || (type === 2 && rdata.octets(16)) || (type === 3 && rdata.name())
  );
}

/** RFC 4025, 2.1: precedence, gateway type, algorithm, gateway, key. */
function checkGatewayAndKey(rdata: RdataCursor): boolean {
  if (rdata.left < 3) return false;
  const type = rdata.peek(1);
  return rdata.octets(3) && checkGateway(rdata, type) && rdata.left > 0 && rdata.octets(rdata.left);
}

/** RFC 8777, 4.2: precedence, a bit and the relay type, relay. */
function checkRelay(rdata: RdataCursor): boolean {
  if (rdata.left < 2) return false;
  const type = rdata.peek(1) & 0x7f;
  return rdata.octets(2) && (type > 3 ? rdata.octets(rdata.left) : checkGateway(rdata, type));
}

/** RFC 8005, 5. */
function checkHostIdentity(rdata: RdataCursor): boolean {
  if (rdata.left < 4) return false;
  const [identityLength, keyLength] = [rdata.peek(0), rdata.peek16(2)];
  if (identityLength === 0 || keyLength === 0 || !rdata.octets(4 + identityLength + keyLength)) return false;
  while (rdata.left > 0) if (!rdata.name()) return false;
  return true;
}

/** RFC 8659, 4.1: flags, a tag of letters and digits, value. */
function checkAuthorization(rdata: RdataCursor): boolean {
  if (!rdata.octets(1)) return false;
  const start = rdata.position + 1;
  if (!rdata.text() || rdata.position === start) return false;
  const tag = Buffer.from(rdata.bytes.subarray(start, rdata.position)).toString('latin1');
  return /^[0-9a-z]+$/i.test(tag) && rdata.octets(rdata.left);
}

/** RFC 2874, 3.1: how many bits are left to the name, the other bits, the name. */
function checkChainedAddress(rdata: RdataCursor): boolean {
  if (rdata.left === 0) return false;
  const bits = rdata.peek(0);
  if (bits > 128) return false;
  const length = 16 - Math.floor(bits / 8);
  if (bits % 8 !== 0 && rdata.left > 1 && rdata.peek(1) >> (8 - (bits % 8)) !== 0) return false;
  return rdata.octets(1 + length) && (bits === 0 || rdata.name());
}

/** RFC 3123, 4: address family, prefix, a bit and the length of the rest, which has no zeros at its end. */
function checkPrefixes(rdata: RdataCursor): boolean {
  while (rdata.left > 0) {
    if (rdata.left < 4) return false;
    const family = rdata.peek16(0);
    const prefix = rdata.peek(2);
    const length = rdata.peek(3) & 0x7f;
    if (family === 1 && (prefix > 32 || length > 4)) return false;
    if (family === 2 && (prefix > 128 || length > 16)) return false;
    if (rdata.left < 4 + length || (length > 0 && rdata.peek(3 + length) === 0)) return false;
    rdata.octets(4 + length);
  }
  return true;
}
