/** The kinds of what can identify somebody: where it stands, and what it means. The order is that of the report. */

/** What is known of a kind. */
export interface Kind {
  /** One line for people: what it gives away. */
  readonly meaning: string;
  /** Whether it is of clients and their devices: without rules only these are judged. */
  readonly isPersonal: boolean;
}

const personal = (meaning: string): Kind => ({ meaning, isPersonal: true });
const other = (meaning: string): Kind => ({ meaning, isPersonal: false });

/** Every kind by its name. */
export const KINDS = {
  client_address: personal('who asked, or the pseudonym of who asked'),
  hardware_in_address: personal('IPv6 clients whose address holds the number of their network card'),
  server_address: other('which servers were asked, private ones too'),
  client_port: other('tells one from another behind the same address, and is found again in flow logs'),
  server_port: other('which service was asked'),
  exact_time: other('finer than a second: the same event is found in any other log'),
  time: other('when somebody was there'),
  identity: other('which server logged it, often the name of a host'),
  version: other('which software logged it'),
  extra: personal('anything the server added: delays, addresses of clients, texts'),
  unknown_field: personal('fields that dnstap.proto does not have: nobody knows what they say'),
  repeated_field: personal('a second copy of a field, of which readers show only one'),
  malformed_frame: personal('bytes that are no dnstap: nobody knows what they say'),
  dns_message: other('the DNS messages themselves'),
  query_zone: other('the zone that was asked, or a name that was newly seen'),
  policy_rule: personal('the name of a policy rule, which can be the address of a client'),
  policy_value: personal('what a policy rule matched: an address or a name'),
  message_id: other('by it a query is found again in another log'),
  client_subnet: personal('the network of a client, or its whole address (EDNS)'),
  cookie: personal('a number that stays with one client and one server (EDNS)'),
  server_cookie: personal('a number made of the address of the client and the time (EDNS)'),
  nsid: other('which server of many answered (EDNS)'),
  device_option: personal('MAC addresses, numbers of devices and of lines (EDNS)'),
  local_option: personal('options of sites and vendors: whatever they want (EDNS)'),
  client_option: personal('what software a client is, or what it was told to say (EDNS)'),
  padding_content: personal('padding that is not zeros (EDNS)'),
  error_text: personal('free text beside an error code (EDNS)'),
  option_rest: personal('octets in OPT that are no option'),
  reverse_name: personal('an address as a name: of who is looked up, often the client itself'),
  address_in_name: personal('an address spelled in some other name'),
  name: other('what was asked and answered; some names are people, or hosts of people'),
  tsig: personal('the name of a key, which is that of a host, and when it signed (TSIG)'),
  tkey: personal('how a key was agreed upon (TKEY)'),
  sig0: personal('a signature by the key of a host (SIG(0))'),
  update: personal('a DNS UPDATE: names of hosts and their addresses'),
  notify: other('NOTIFY: when a zone changed, and who is told'),
  zone_transfer: other('AXFR and IXFR: who may have a whole zone'),
  other_opcode: personal('DNS messages that are no queries: names in any place'),
  malformed_message: personal('DNS messages that cannot be read: nobody knows what they say'),
  trailing_bytes: personal('octets behind a DNS message: nobody knows what they say'),
  client_in_record: personal('A and AAAA records with the address of the very client'),
  client_in_hint: personal('SVCB and HTTPS records with the address of the very client'),
  address_in_text: personal('TXT records with an address in their text'),
  record_address: other('addresses in A, AAAA, SVCB and HTTPS: whose hosts they are'),
  record_data: other('records without names and addresses'),
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;

/** The kinds in their order. */
export const KIND_NAMES: readonly KindName[] = Object.keys(KINDS) as KindName[];
