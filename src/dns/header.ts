/**
 * The header of a DNS message (RFC 1035, 4.1.1), six 16-bit numbers.
 *
 *     ID, flags, QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT
 *
 *     flags: QR (1 bit), OPCODE (4), AA, TC, RD, RA, Z (3), RCODE (4)
 */

/** The length of a header, in octets. */
export const HEADER_LENGTH = 12;

/** Where the number of questions stands, and where the three other counts start. */
export const QUESTION_COUNT_OFFSET = 4;
export const RECORD_COUNTS_OFFSET = 6;

const FLAGS_OFFSET = 2;

/** The opcodes that have a name (IANA, "DNS OpCodes"). */
export const OPCODES = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** The response codes of four bits that have a name (IANA, "DNS RCODEs"). */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
} as const;

/** The opcode of the header at `start`. */
export function readOpcode(bytes: Uint8Array, start: number): number {
  return (bytes[start + FLAGS_OFFSET] >>> 3) & 0x0f;
}

/** The four bits of RCODE of the header at `start`. */
export function readRcode(bytes: Uint8Array, start: number): number {
  return bytes[start + FLAGS_OFFSET + 1] & 0x0f;
}
