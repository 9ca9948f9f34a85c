/** EDNS options by their names (IANA, "DNS EDNS0 Option Codes (OPT)"), in the form that rules have them. */

/** The code of each option that has a name. */
export const OptionCode = {
  llq: 1,
  update_lease: 2,
  nsid: 3,
  dau: 5,
  dhu: 6,
  n3u: 7,
  client_subnet: 8,
  expire: 9,
  cookie: 10,
  tcp_keepalive: 11,
  padding: 12,
  chain: 13,
  key_tag: 14,
  extended_dns_error: 15,
  client_tag: 16,
  server_tag: 17,
  report_channel: 18,
  zoneversion: 19,
  mqtype_query: 20,
  mqtype_response: 21,
  umbrella_ident: 20292,
  device_id: 26946,
} as const;
export type OptionName = keyof typeof OptionCode;

/** Every name of an option. */
export const OPTION_NAMES = Object.keys(OptionCode) as readonly OptionName[];

/** The code that a word of rules stands for, a name or a number from 0 to 65535; undefined where it stands for none. */
export function parseOption(word: string): number | undefined {
  if (Object.hasOwn(OptionCode, word)) return OptionCode[word as OptionName];
  return /^(?:0|[1-9]\d{0,4})$/.test(word) && Number(word) <= 0xffff ? Number(word) : undefined;
}

/** The name of an option, or its number where it has none. */
export function renderOption(code: number): string {
  return OPTION_NAMES.find((name) => OptionCode[name] === code) ?? String(code);
}
