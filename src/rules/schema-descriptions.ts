/** What an editor shows of each key of a rules file; docs/rules.md says more. */

const HIDES_ADDRESS =
  'keep, remove, truncate ({ truncate: { ipv4: 24, ipv6: 48 } }), or a pseudonym under the key: crypto-pan, ipcrypt-pfx, hmac.';
const TIME =
  'keep, remove, or rounded down to a whole unit: { truncate: 1m }. Where only one of the two times is hidden, the other tells it.';
const MESSAGE = 'keep, remove, or question (header and question section only).';
const TEXT = 'keep, remove, or { replace: "a text" }, which is written also where a frame has none.';

/** By the keys that lead there, joined with dots. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  version: 'The version of the language: 1.',
  default: 'What happens to a field that no applying rule names.',
  key: 'Where the key of crypto-pan, ipcrypt-pfx and hmac comes from (never the key itself), and how it is used.',
  'key.file': 'A file, relative to the folder of this one. "tapfilter keygen FILE" writes a new key.',
  'key.env': 'The name of an environment variable.',
  'key.credential': 'The name of a credential that systemd hands over.',
  'key.ephemeral': 'A new random key for each run, which then is gone.',
  'key.maps':
    'All addresses have their pseudonyms from one map, so that clients join with servers: for an incident, among people who trust each other.',
  'key.rotate': 'Pseudonyms change with each day or week (UTC, by the times in the frames).',
  public: 'What is no secret.',
  'public.addresses': 'Addresses and prefixes that stay as they are, whatever the method.',
  'public.names':
    'Names that stay as they are: example.com is that name, "*.example.com" (in quotes) everything below it.',
  rules: 'For each frame the rules are gone through from top to bottom.',
  'rules.name': 'What the rule is called in messages; no two rules have the same name.',
  'rules.match': 'The rule applies only where these conditions hold: all of a map, or one map of a list.',
  'rules.unless': 'The rule does not apply where these conditions hold: all of a map, or one map of a list.',
  'rules.action': 'The frame is not written, and no later rule is looked at.',
  'rules.set': 'For each field its method. A later rule replaces what an earlier one says of a field.',
  'conditions.type': 'Message types: mnemonics (CQ), names of dnstap.proto (CLIENT_QUERY), groups (client, query).',
  'conditions.client_address': 'Addresses and prefixes of clients.',
  'conditions.server_address': 'Addresses and prefixes of servers.',
  'conditions.socket_family': 'Whether the frame is of IPv4 or of IPv6.',
  'conditions.socket_protocol': 'How the DNS message was carried.',
  'conditions.identity': 'Texts that Dnstap.identity may equal.',
  'conditions.opcode': 'The opcode of the DNS messages.',
  'conditions.rcode': 'The code of the response, without its extended bits.',
  'conditions.qname':
    'Names that are asked for: example.com is that name, "*.example.com" (in quotes) everything below it. Case does not matter.',
  'conditions.qtype': 'Record types that are asked for: mnemonics (AAAA), or TYPE and a number (TYPE65).',
  'conditions.sample': 'One of so many, by the client or, where there is none, by the name: "1/10". Needs a key.',
  'methods.field.labels': 'How many of its last labels a name keeps.',
  'methods.field.truncate': 'How many first bits stay; the others become 0.',
  'methods.field.truncate.ipv4': 'Bits of an IPv4 address. 24 where it is left out.',
  'methods.field.truncate.ipv6': 'Bits of an IPv6 address. 48 where it is left out.',
  'methods.field.replace': 'The text that is written: at most 1,024 bytes of UTF-8.',
  'methods.time.truncate': 'The unit to which the time is rounded down, in UTC.',
  'rules.set.client_address': `The address of the client: query_address in all types but RQ and RR. ${HIDES_ADDRESS}`,
  'rules.set.server_address': `Every other address. ${HIDES_ADDRESS}`,
  'rules.set.query_port': "The client's port: keep or remove.",
  'rules.set.response_port': "The server's port: keep or remove.",
  'rules.set.query_time': `When the query was sent or received. ${TIME}`,
  'rules.set.response_time': `When the response was sent or received. ${TIME}`,
  'rules.set.query_message': `The DNS message of the query. ${MESSAGE}`,
  'rules.set.response_message': `The DNS message of the response. ${MESSAGE}`,
  'rules.set.edns':
    'EDNS options inside the messages, by name or number, and "other": keep or remove; client_subnet also takes the methods of an address.',
  'methods.field.client_subnet': `The subnet of a client that a resolver passes on (RFC 7871). ${HIDES_ADDRESS}`,
  'rules.set.records': 'Records inside the messages, by type, and "other": keep or remove.',
  'rules.set.names':
    'Names inside the messages: keep, { labels: 2 } (the last two), registrable (example.co.uk), hash.',
  'rules.set.reverse_names': `Addresses in names under in-addr.arpa and ip6.arpa. ${HIDES_ADDRESS}`,
  'rules.set.message_id': 'The id of the messages: keep or zero.',
  'rules.set.query_zone':
    'The zone that was asked: keep or remove. Where nothing is said of it, what names and reverse_names say.',
  'rules.set.policy': 'What a policy of the server (RPZ) did: keep, remove, or anonymous (no rule, no value).',
  'rules.set.identity': `Which server it was. ${TEXT}`,
  'rules.set.version': `The version of the server. ${TEXT}`,
  'rules.set.extra': `Whatever the server adds. ${TEXT}`,
  'rules.set.socket_protocol': 'How the DNS message was carried: keep or remove.',
  'rules.set.http_protocol': 'The version of HTTP: keep or remove.',
  'rules.set.unknown': 'Every field that the schema does not have: remove (also where nothing is said of it) or keep.',
};
