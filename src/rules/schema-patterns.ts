/** Texts of the language as patterns of a JSON Schema: no others than those that check-prefix.ts, check-name.ts and check-type.ts take. */

/** The source of a pattern for validators that know no Unicode properties; of these only Cc stands in ours. */
export function portable({ source }: RegExp): string {
  return source.replaceAll('\\P{Cc}', `[^${CONTROLS}]`).replaceAll('\\p{Cc}', CONTROLS);
}

const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const H16 = '[0-9A-Fa-f]{1,4}';
const LS32 = `(?:${H16}:${H16}|${IPV4})`;

/** IPv6address of RFC 3986, 3.2.2, in the order of its lines. */
const IPV6 = [
  `(?:${H16}:){6}${LS32}`,
  `::(?:${H16}:){5}${LS32}`,
  `(?:${H16})?::(?:${H16}:){4}${LS32}`,
  `(?:(?:${H16}:){0,1}${H16})?::(?:${H16}:){3}${LS32}`,
  `(?:(?:${H16}:){0,2}${H16})?::(?:${H16}:){2}${LS32}`,
  `(?:(?:${H16}:){0,3}${H16})?::${H16}:${LS32}`,
  `(?:(?:${H16}:){0,4}${H16})?::${LS32}`,
  `(?:(?:${H16}:){0,5}${H16})?::${H16}`,
  `(?:(?:${H16}:){0,6}${H16})?::`,
].join('|');

/** An address or a prefix; that no bit is set after the prefix is more than a pattern can say. */
export const PREFIX: string = `^(?:${IPV4}(?:/(?:3[0-2]|[12]?[0-9]))?|(?:${IPV6})(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$`;

/** An octet of a label (RFC 1035, 5.1): a printable character but `*`, or one with a backslash before it, or a backslash and a number. */
const LABEL_OCTET = '(?:[!-)+-\\-\\/-\\[\\]-~]|\\\\[!-\\/:-~]|\\\\(?:[01][0-9]{2}|2[0-4][0-9]|25[0-5]))';
const LABEL = `${LABEL_OCTET}{1,63}`;
/** The octets of the labels and a length for each label but the first, whose length, with the root, makes up 255. */
const AT_MOST_255 = `(?=(?:${LABEL_OCTET}|\\.){1,253}\\.?$)`;

/** A name, or a wildcard. */
export const NAME: string = `^(?:\\*?\\.|(?:\\*\\.)?${AT_MOST_255}${LABEL}(?:\\.${LABEL})*\\.?)$`;

const NUMBER16 = '(?:0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6(?:[0-4][0-9]{3}|5(?:[0-4][0-9]{2}|5(?:[0-2][0-9]|3[0-5]))))';

/** A record type by its number (RFC 3597, 5). */
export const TYPE_NUMBER: string = `^TYPE${NUMBER16}$`;

/** The same where it has a method: OPT has none. */
export const SET_TYPE_NUMBER: string = TYPE_NUMBER.replace('^', '^(?!TYPE41$)');

/** An EDNS option by its number, but for that of client subnets. */
export const OPTION_NUMBER: string = `^(?!8$)${NUMBER16}$`;

/** One of so many. */
export const SAMPLE = '^1/(?:[2-9]|[1-9][0-9]{1,5}|1000000)$';
