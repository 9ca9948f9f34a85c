/** Data of records of every type that has a format, as good as servers send it: what a test bends and breaks. */

const NAME = '01 61 02 62 63 00';
const fill = (length: number) => '01'.repeat(length);
const SIGNED = '00000e10 00000000 00000000 1234';

/** In hex, by the number of the type; the class is IN. */
const DATA: Readonly<Record<number, readonly string[]>> = {
  1: ['c0000201'],
  2: [NAME, 'c00c'],
  5: [NAME, 'c00c'],
  6: [`${NAME} ${NAME} ${fill(20)}`, `c00c c00c ${fill(20)}`],
  10: ['', '00'],
  11: ['c0000201 06 00000040'],
  12: [NAME],
  13: ['01 31 01 32'],
  14: [`${NAME} ${NAME}`],
  15: [`000a ${NAME}`],
  16: ['01 31 02 3233', '00'],
  17: [`${NAME} c00c`],
  18: [`0001 ${NAME}`],
  19: ['04 31323334'],
  20: ['01 31', '01 31 01 32'],
  22: ['4700'],
  23: [NAME],
  24: [`0001 05 02 ${SIGNED} ${NAME} ${fill(20)}`],
  25: [`0100 03 05 ${fill(20)}`, 'c000 03 05', `0100 03 fd 01 61 00 ${fill(5)}`],
  26: [`000a ${NAME} c00c`],
  27: ['01 31 01 32 01 33'],
  28: [fill(16)],
  29: ['00 12 16 13 80000000 80000000 00989680', '01'],
  30: [`${NAME} 4000000001`, NAME],
  31: ['01'],
  32: ['01'],
  33: ['0001 0002 0035 c00c'],
  34: ['01 31323334', '00 4700', '02 ff'],
  35: [`0001 0002 01 55 01 61 00 ${NAME}`, '0001 0002 00 00 06 21 61 21 62 21 69 00'],
  36: [`0001 ${NAME}`],
  37: ['0001 0000 00 01', '0001 1234 05 0102'],
  38: [`00 ${fill(16)}`, `40 0000000000000001 ${NAME}`, `80 ${NAME}`, `43 01 ${fill(7)} ${NAME}`],
  39: [NAME],
  40: ['000001'],
  42: ['0001 18 03 c00002 0002 20 84 20010db8', '0001 00 00', '0003 18 03 c00002', ''],
  43: [1, 2, 3, 4, 9].map((type) => `1234 05 0${type} ${fill({ 1: 20, 2: 32, 4: 48 }[type] ?? 7)}`),
  44: [`01 01 ${fill(20)}`, `04 02 ${fill(32)}`, '01 03 01'],
  45: ['00', '01 c0000201', `02 ${fill(16)}`, `03 ${NAME}`].map(
    (gateway) => `0a ${gateway} `.replace(/ (..)/, ' $1 02') + fill(4),
  ),
  46: [`0001 05 02 ${SIGNED} ${NAME} ${fill(20)}`, `0001 05 02 ${SIGNED} 00 ${fill(20)}`],
  47: [`${NAME} 0006 400000000003`, `${NAME} 0001 40 0101 40`],
  48: [`0100 03 05 ${fill(20)}`, `0100 03 fd 01 61 00 ${fill(5)}`],
  49: ['01'],
  50: [
    `01 00 000a 04 aabbccdd 14 ${fill(20)} 0006 400000000003`,
    `01 01 000a 00 14 ${fill(20)}`,
    `02 01 000a 00 04 ${fill(4)} 0001 40`,
  ],
  51: ['01 00 000a 04 aabbccdd', '01 00 0000 00'],
  52: [`030101 ${fill(32)}`],
  53: [`030101 ${fill(32)}`],
  55: [`10 02 0010 ${fill(32)} ${NAME} ${NAME}`, `10 02 0010 ${fill(32)}`],
  56: ['01 31'],
  57: [`0000 03 05 ${fill(20)}`],
  58: [`${NAME} ${NAME}`],
  59: [`1234 05 01 ${fill(20)}`, '0000 00 00 00'],
  60: [`0100 03 05 ${fill(20)}`, '0000 03 00 00'],
  61: ['01'],
  62: ['00000001 0003 0004 60000008', '00000001 0003'],
  63: [`00000001 01 01 ${fill(48)}`, `00000001 01 02 ${fill(64)}`, `00000001 01 f0 ${fill(12)}`],
  64: [
    `0001 ${NAME} 0001 0003 026832 0003 0002 01bb 0004 0004 c0000201`,
    '0001 00 0000 0004 0001 0003 0001 0003 026832 0003 0002 01bb',
    `0001 00 0001 0003 026832 0002 0000 0005 0002 aabb 0006 0010 ${fill(16)} 0007 0007 2f 7b 3f 646e73 7d`,
    `0000 ${NAME}`,
    '0001 00 ff00 0001 01',
  ],
  65: ['0001 00 0001 0003 026832 0003 0002 01bb 0004 0004 c0000201'],
  66: [`0001 01 0035 ${NAME}`],
  67: ['01'],
  68: ['01'],
  99: ['01 31'],
  103: ['01'],
  104: [fill(10)],
  105: [fill(6)],
  106: [fill(10)],
  107: [`000a ${NAME}`],
  108: [fill(6)],
  109: [fill(8)],
  249: [`${NAME} 00000001 00000002 0003 0000 0004 01020304 0000`],
  256: ['0001 0002 6874', '0001 0002'],
  257: ['00 05 6973737565 63612e65', '80 05 6973737565'],
  258: ['01 31'],
  259: ['00000001 00000002 03 04 74657874 0102'],
  260: ['0a 00', '0a 01 c0000201', `0a 82 ${fill(16)}`, `0a 03 ${NAME}`, '0a 04 0102'],
  261: ['01 31'],
  262: ['01 31'],
  32768: [`1234 05 01 ${fill(20)}`],
  32769: [`1234 05 02 ${fill(32)}`],
  65280: ['01'],
};

/** Options of EDNS, in hex. */
const OPTIONS = [
  ...[`0001 0012 ${fill(18)}`, '0002 0004 00000001', '0003 0000', '0003 0002 6869', '0005 0003 080a0d', '0006 0000'],
  ...['0008 0007 0001 18 00 c00002', '0008 0008 0002 20 00 20010db8', '0008 0004 0000 00 00', '0009 0000'],
  ...['0009 0004 00000001', `000a 0008 ${fill(8)}`, `000a 0018 ${fill(24)}`, '000b 0000', '000b 0002 0064'],
  ...['000c 0004 00000000', '000d 0000', '000e 0002 4f66', '000f 0002 0003', '000f 0006 0003 61626364'],
  ...['000f 0005 0003 c3a941', '0010 0002 0001', '0011 0002 0001', '0012 0006 01 61 02 62 63 00', 'fde9 0002 0102'],
];

/** Data of one type. */
export interface RecordData {
  type: number;
  data: Uint8Array[];
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Good data of every type, OPT included. */
export const recordData: readonly RecordData[] = [
  ...Object.entries(DATA).map(([type, data]) => ({ type: Number(type), data: data.map(bytesOf) })),
  { type: 41, data: ['', ...OPTIONS].map(bytesOf) },
];

/** Values that mean something somewhere. */
const VALUES = [0, 1, 2, 3, 4, 0x0f, 0x10, 0x39, 0x40, 0x7f, 0x80, 0xc0, 0xfd, 0xff];

/** The data cut at each place, made longer, and with each octet changed in several ways. */
export function brokenData(data: Uint8Array): Uint8Array[] {
  const cut = Array.from(data, (_, length) => data.slice(0, length));
  const longer = [0, 1].flatMap((octet) =>
    [1, 2, 3].map((more) => Uint8Array.of(...data, ...new Array(more).fill(octet))),
  );
  const changed = Array.from(data, (_, place) => VALUES.map((value) => data.with(place, value))).flat();
  return [data, ...cut, ...longer, ...changed];
}
