/** The names of record types and classes (IANA, "Domain Name System (DNS) Parameters"), as BIND 9.18 writes them. */

const TYPES = [
  ...['A 1', 'NS 2', 'MD 3', 'MF 4', 'CNAME 5', 'SOA 6', 'MB 7', 'MG 8', 'MR 9', 'NULL 10', 'WKS 11', 'PTR 12'],
  ...['HINFO 13', 'MINFO 14', 'MX 15', 'TXT 16', 'RP 17', 'AFSDB 18', 'X25 19', 'ISDN 20', 'RT 21', 'NSAP 22'],
  ...['NSAP-PTR 23', 'SIG 24', 'KEY 25', 'PX 26', 'GPOS 27', 'AAAA 28', 'LOC 29', 'NXT 30', 'EID 31', 'NIMLOC 32'],
  ...['SRV 33', 'ATMA 34', 'NAPTR 35', 'KX 36', 'CERT 37', 'A6 38', 'DNAME 39', 'SINK 40', 'OPT 41', 'APL 42'],
  ...['DS 43', 'SSHFP 44', 'IPSECKEY 45', 'RRSIG 46', 'NSEC 47', 'DNSKEY 48', 'DHCID 49', 'NSEC3 50'],
  ...['NSEC3PARAM 51', 'TLSA 52', 'SMIMEA 53', 'HIP 55', 'NINFO 56', 'RKEY 57', 'TALINK 58', 'CDS 59'],
  ...['CDNSKEY 60', 'OPENPGPKEY 61', 'CSYNC 62', 'ZONEMD 63', 'SVCB 64', 'HTTPS 65', 'DSYNC 66', 'HHIT 67'],
  ...['BRID 68', 'SPF 99', 'UINFO 100', 'UID 101', 'GID 102', 'UNSPEC 103', 'NID 104', 'L32 105', 'L64 106'],
  ...['LP 107', 'EUI48 108', 'EUI64 109', 'TKEY 249', 'TSIG 250', 'IXFR 251', 'AXFR 252', 'MAILB 253'],
  ...['MAILA 254', 'ANY 255', 'URI 256', 'CAA 257', 'AVC 258', 'DOA 259', 'AMTRELAY 260', 'RESINFO 261'],
  ...['WALLET 262', 'TA 32768', 'DLV 32769'],
];

const CLASSES = ['RESERVED0 0', 'IN 1', 'CH 3', 'HS 4', 'NONE 254', 'ANY 255'];

const typeNames = byNumber(TYPES);
const classNames = byNumber(CLASSES);
const typeNumbers = new Map([...typeNames].map(([number, name]) => [name, number]));

/** The names of record types. */
export const TYPE_NAMES: readonly string[] = [...typeNames.values()];

/** The number of a record type that has a name. */
export function typeNumber(name: string): number {
  const number = typeNumbers.get(name);
  if (number === undefined) throw new Error(`there is no record type ${name}`);
  return number;
}

/** The number of a record type as text: its name, or `TYPE` and its number (RFC 3597, 5); undefined where there is no such type. */
export function parseType(text: string): number | undefined {
  const number = /^TYPE(0|[1-9]\d{0,4})$/.exec(text)?.[1];
  if (number === undefined) return typeNumbers.get(text);
  return Number(number) <= 0xffff ? Number(number) : undefined;
}

/** The name of a record type; `TYPE` and the number (RFC 3597, 5) where it has none. */
export function renderType(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** The name of a class; `CLASS` and the number (RFC 3597, 5) where it has none. */
export function renderClass(dnsClass: number): string {
  return classNames.get(dnsClass) ?? `CLASS${dnsClass}`;
}

function byNumber(names: readonly string[]): Map<number, string> {
  return new Map(
    names.map((entry) => {
      const [name = '', number] = entry.split(' ');
      return [Number(number), name];
    }),
  );
}
