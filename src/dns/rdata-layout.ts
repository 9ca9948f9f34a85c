/**
 * What the rdata of record types consists of, for those in which names stand or whose parts matter (docs/messages.md, 2). Every other type
 * is opaque (RFC 3597).
 */
import { typeNumber } from './record-types.ts';

/** How rdata is read; `pieces` are in `rdataPieces`. */
export const RdataKind = { opaque: 0, pieces: 1, address: 2, text: 3, service: 4 } as const;

/** A piece of rdata that is no number of octets. */
export const Piece = {
  /** A name that may be written compressed: the types of RFC 1035 (RFC 3597, 4). */
  compressible: -1,
  name: -2,
  /** An octet and so many octets as it says. */
  string: -3,
  /** All that is left. */
  rest: -4,
} as const;

const LAYOUTS: Readonly<Record<string, string>> = {
  'NS MD MF CNAME MB MG MR PTR': 'N',
  SOA: 'N N 20',
  MINFO: 'N N',
  MX: '2 N',
  'DNAME NSAP-PTR': 'n',
  'RP TALINK': 'n n',
  'AFSDB RT KX LP': '2 n',
  PX: '2 n n',
  DSYNC: '5 n',
  SRV: '6 n',
  NAPTR: '4 s s s n',
  'SIG RRSIG': '18 n *',
  'NXT NSEC TKEY TSIG': 'n *',
  AAAA: '16',
};

const LETTERS: Readonly<Record<string, number>> = {
  N: Piece.compressible,
  n: Piece.name,
  s: Piece.string,
  '*': Piece.rest,
};

const KINDS = new Uint8Array(512);
const PIECES: Int8Array[] = [];
const NO_PIECES = new Int8Array(0);

for (const [types, layout] of Object.entries(LAYOUTS)) {
  const pieces = Int8Array.from(layout.split(' '), (piece) => LETTERS[piece] ?? Number(piece));
  for (const type of types.split(' ')) {
    KINDS[typeNumber(type)] = RdataKind.pieces;
    PIECES[typeNumber(type)] = pieces;
  }
}
KINDS[typeNumber('A')] = RdataKind.address;
for (const type of ['TXT', 'SPF', 'AVC', 'NINFO', 'RESINFO', 'WALLET']) KINDS[typeNumber(type)] = RdataKind.text;
KINDS[typeNumber('SVCB')] = RdataKind.service;
KINDS[typeNumber('HTTPS')] = RdataKind.service;

/** The kind of the rdata of a type. */
export function rdataKind(type: number): number {
  return type < KINDS.length ? KINDS[type] : RdataKind.opaque;
}

/** The pieces of a type of the kind `pieces`: numbers of octets, and values of `Piece`. */
export function rdataPieces(type: number): Int8Array {
  return PIECES[type] ?? NO_PIECES;
}
