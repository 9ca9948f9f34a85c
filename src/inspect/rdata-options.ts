/** Data of records that is a list of options: of OPT (RFC 6891, 6.1.2) and of SVCB and HTTPS (RFC 9460, 2.2). Each as BIND 9.18 takes it. */
import { isUtf8 } from 'node:buffer';
import type { RdataCursor } from './rdata-cursor.ts';

/** Checks the value of an option, from where the cursor stands, so many octets. */
type ValueCheck = (rdata: RdataCursor, length: number) => boolean;

const ednsChecks = new Map<number, ValueCheck>([
  // LLQ (RFC 8764)
  [1, (_rdata, length) => length === 18],
  [8, isClientSubnet],
  // EXPIRE (RFC 7314), COOKIE (RFC 7873), KEY-TAG (RFC 8145)
  [9, (_rdata, length) => length === 0 || length === 4],
  [10, (_rdata, length) => length === 8 || (length >= 16 && length <= 40)],
  [14, (_rdata, length) => length > 0 && length % 2 === 0],
  [15, isExtendedError],
  [16, (_rdata, length) => length === 2],
  [17, (_rdata, length) => length === 2],
]);

/** Checks the options of OPT. */
export function checkOptions(rdata: RdataCursor): boolean {
  while (rdata.left > 0) {
    if (rdata.left < 4) return false;
    const [code, length] = [rdata.peek16(0), rdata.peek16(2)];
    rdata.octets(4);
    if (rdata.left < length || !(ednsChecks.get(code)?.(rdata, length) ?? true)) return false;
    rdata.octets(length);
  }
  return true;
}

/** RFC 7871, 6: no more octets than the prefix has, and no bits behind it. */
function isClientSubnet(rdata: RdataCursor, length: number): boolean {
  if (length < 4) return false;
  const [family, prefix, scope] = [rdata.peek16(0), rdata.peek(2), rdata.peek(3)];
  const most = [0, 32, 128][family];
  if (most === undefined || prefix > most || scope > most) return false;
  if (length !== 4 + Math.ceil(prefix / 8)) return false;
  return prefix % 8 === 0 || (rdata.peek(length - 1) & (0xff >> (prefix % 8))) === 0;
}

/** RFC 8914, 2: a code, and text without a byte order mark (RFC 5198). */
function isExtendedError(rdata: RdataCursor, length: number): boolean {
  if (length < 2) return false;
  const text = rdata.bytes.subarray(rdata.position + 2, rdata.position + length);
  return isUtf8(text) && !(text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf);
}

const [MANDATORY, ALPN, NO_DEFAULT_ALPN] = [0, 1, 2];

const serviceChecks = new Map<number, ValueCheck>([
  [MANDATORY, areAscending],
  [ALPN, areTexts],
  [NO_DEFAULT_ALPN, (_rdata, length) => length === 0],
  // port, ipv4hint, ipv6hint
  [3, (_rdata, length) => length === 2],
  [4, (_rdata, length) => length > 0 && length % 4 === 0],
  [6, (_rdata, length) => length > 0 && length % 16 === 0],
  [7, isPathTemplate],
]);

/** Checks the data of SVCB and HTTPS: priority, target, parameters in ascending order with all that are mandatory. */
export function checkService(rdata: RdataCursor): boolean {
  if (!rdata.octets(2) || !rdata.name()) return false;
  const found = new Set<number>();
  let mandatory: number[] = [];
  let last = -1;
  while (rdata.left > 0) {
    if (rdata.left < 4) return false;
    const [key, length] = [rdata.peek16(0), rdata.peek16(2)];
    if (key <= last || (key === NO_DEFAULT_ALPN && !found.has(ALPN))) return false;
    last = key;
    found.add(key);
    rdata.octets(4);
    if (rdata.left < length || !(serviceChecks.get(key)?.(rdata, length) ?? true)) return false;
    if (key === MANDATORY) mandatory = Array.from({ length: length / 2 }, (_, index) => rdata.peek16(index * 2));
    rdata.octets(length);
  }
  return mandatory.every((key) => key !== MANDATORY && found.has(key));
}

function areAscending(rdata: RdataCursor, length: number): boolean {
  if (length === 0 || length % 2 === 1) return false;
  for (let ahead = 2; ahead < length; ahead += 2) if (rdata.peek16(ahead) <= rdata.peek16(ahead - 2)) return false;
  return true;
}

function areTexts(rdata: RdataCursor, length: number): boolean {
  let ahead = 0;
  while (ahead < length && rdata.peek(ahead) > 0) ahead += 1 + rdata.peek(ahead);
  return length > 0 && ahead === length;
}

const VARIABLE = String.raw`(?:\w|%[0-9a-f]{2})+(?:\.(?:\w|%[0-9a-f]{2})+)*(?:\*|:\d+)?`;
const PATH_TEMPLATE = new RegExp(
  String.raw`^/(?:[^{%]|%[0-9a-f]{2}|\{[+#./;?&]?${VARIABLE}(?:,${VARIABLE})*\})*$`,
  'is',
);
const DNS_VARIABLE = /\{[+#./;?&]?(?:[^,}]*,)*dns(?:[*:][^,}]*)?[,}]/;

/** RFC 9461, 5: a path that is a template of a URI (RFC 6570) with the variable dns. */
function isPathTemplate(rdata: RdataCursor, length: number): boolean {
  const path = Buffer.from(rdata.bytes.subarray(rdata.position, rdata.position + length));
  const text = path.toString('latin1');
  return isUtf8(path) && PATH_TEMPLATE.test(text) && DNS_VARIABLE.test(text);
}
