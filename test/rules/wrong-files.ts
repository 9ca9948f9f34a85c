/** Wrong rules files with everything that is said of them: `line:column+length message`. */

export interface WrongFile {
  readonly title: string;
  readonly text: string;
  readonly errors: readonly string[];
}

/** A file of one rule or several; the first line of `lines` is line 4. */
function rules(...lines: string[]): string {
  return ['version: 1', 'default: keep', 'rules:', ...lines, ''].join('\n');
}

const TOP = 'a rules file is a map that begins with "version: 1"';

const wrongTop: readonly WrongFile[] = [
  { title: 'an empty file', text: '', errors: [`1:1+1 the file is empty: ${TOP}`] },
  { title: 'comments only', text: '# nothing\n\n', errors: [`1:1+1 the file is empty: ${TOP}`] },
  { title: 'plain text', text: 'who asked what\nand when\n', errors: [`1:1+14 this is no rules file: ${TOP}`] },
  { title: 'a number', text: '42', errors: [`1:1+2 this is no rules file: ${TOP}`] },
  { title: 'a list', text: '- version: 1\n- default: keep\n', errors: [`1:1+12 this is a list: ${TOP}`] },
  {
    title: 'nothing that is required',
    text: 'rules:\n  - action: drop\n',
    errors: [
      '1:1+6 "version" is missing: write "version: 1"',
      '1:1+6 "default" is missing: write "default: keep" or "default: remove"',
    ],
  },
  {
    title: 'misspelt keys, each of which is not missing too',
    text: 'vesrion: 1\ndefalut: keep\nrulez: []\n',
    errors: [
      '1:1+7 unknown key "vesrion"; did you mean "version"?',
      '2:1+7 unknown key "defalut"; did you mean "default"?',
      '3:1+5 unknown key "rulez"; did you mean "rules"?',
    ],
  },
  {
    title: 'a key that is like no other',
    text: 'version: 1\ndefault: keep\ncolour: red\n',
    errors: ['3:1+6 unknown key "colour"; known: version, default, key, public, rules'],
  },
  {
    title: 'a later version and another default',
    text: 'version: 2\ndefault: Keep\n',
    errors: [
      '1:10+1 this version of tapfilter knows "version: 1" only',
      '2:10+4 unknown value of default "Keep"; did you mean "keep"?',
    ],
  },
  {
    title: 'a version as text, and a default without value',
    text: 'version: "1"\ndefault:\n',
    errors: [
      '1:10+3 "version" must be the number 1',
      '2:9+1 the word keep or remove is expected, and there is nothing',
    ],
  },
  {
    title: 'empty lists',
    text: 'version: 1\ndefault: keep\npublic: { addresses: [] }\nrules: []\n',
    errors: ['3:22+2 the list is empty', '4:8+2 the list is empty'],
  },
  {
    title: 'public without anything, and rules without anything',
    text: 'version: 1\ndefault: keep\npublic: {}\nrules:\n',
    errors: ['3:9+2 "addresses" is missing', '4:7+1 a list is expected, and there is nothing'],
  },
  {
    title: 'public addresses that are none',
    text: 'version: 1\ndefault: keep\npublic: { addresses: [ns.example, 10.1.0.0/8] }\n',
    errors: [
      '3:23+10 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '3:35+10 bits are set after the prefix: the network is "10.0.0.0/8"',
    ],
  },
  {
    title: 'what a later version brings, at the top',
    text: 'version: 1\ndefault: keep\npublic: { addresses: [10.0.0.1], names: [example.com] }\n',
    errors: ['3:34+5 the key "names" needs a later version of tapfilter'],
  },
];

const wrongRules: readonly WrongFile[] = [
  { title: 'a rule that is a word', text: rules('  - drop'), errors: ['4:5+4 a map is expected, not "drop"'] },
  {
    title: 'a rule that does nothing, one that does two things, one with an empty set',
    text: rules('  - match: { type: CQ }', '  - action: drop', '    set: { extra: keep }', '  - set: {}', '  - set:'),
    errors: [
      '4:5+19 the rule does nothing: "action: drop" or "set" is missing',
      '5:5+12 a rule has "action" or "set", not both',
      '7:10+2 a field is missing',
      '8:9+1 a map is expected, and there is nothing',
    ],
  },
  {
    title: 'a rule that does two things, one of them wrong',
    text: rules('  - nmae: both', '    action: drop', '    set: { extra: kep }'),
    errors: [
      '4:5+4 unknown key "nmae"; did you mean "name"?',
      '4:5+10 a rule has "action" or "set", not both',
      '6:19+3 unknown method "kep"; did you mean "keep"?',
    ],
  },
  {
    title: 'a misspelt action, as key and as value',
    text: rules('  - actoin: drop', '  - action: dorp', '  - action: keep'),
    errors: [
      '4:5+6 unknown key "actoin"; did you mean "action"?',
      '5:13+4 unknown action "dorp"; did you mean "drop"?',
      '6:13+4 unknown action "keep"; known: drop',
    ],
  },
  {
    title: 'names of rules that are none',
    text: rules(
      '  - { name: "", action: drop }',
      '  - { name: 7, action: drop }',
      '  - { name: "a\\nb", action: drop }',
      `  - { name: ${'x'.repeat(201)}, action: drop }`,
    ),
    errors: [
      '4:13+2 the name is empty',
      '5:13+1 text is expected, not the number 7: write it in quotes',
      '6:13+6 the name has a control character or more than one line',
      '7:13+201 the name is longer than 200 characters',
    ],
  },
  {
    title: 'a rule after one that drops every frame, and a name that stands twice',
    text: rules(
      '  - { name: a, match: { type: CQ }, action: drop }',
      '  - { name: rest, action: drop }',
      '  - { name: a, set: { extra: remove } }',
    ),
    errors: [
      '6:5+35 this rule never runs: rule 2, "rest", drops every frame',
      '6:13+1 rule 1 has the name "a" already',
    ],
  },
];

const wrongConditions: readonly WrongFile[] = [
  {
    title: 'unknown conditions, beside those of a later version',
    text: rules(
      '  - match: { tpye: CQ, qname: a.example, response_address: 10.0.0.1 }',
      '    unless: [{ opcode: UPDATE }, { sample: 1/10, http_protocol: HTTP2 }]',
      '    action: drop',
    ),
    errors: [
      '4:14+4 unknown condition "tpye"; did you mean "type"?',
      '4:24+5 the condition "qname" needs a later version of tapfilter',
      '4:42+16 unknown condition "response_address": addresses go by their role: client_address or server_address',
      '5:16+6 the condition "opcode" needs a later version of tapfilter',
      '5:36+6 the condition "sample" needs a later version of tapfilter',
      '5:50+13 unknown condition "http_protocol"; known: type, client_address, server_address, socket_family, socket_protocol, identity',
    ],
  },
  {
    title: 'conditions of the wrong kind',
    text: rules(
      '  - match: CQ',
      '    unless: []',
      '    action: drop',
      '  - match: {}',
      '    unless: [{}, CQ, { type: [] }]',
      '    action: drop',
      '  - match: { type: { is: CQ }, identity: 42, client_address: [[10.0.0.1]] }',
      '    unless:',
      '    action: drop',
    ),
    errors: [
      '4:12+2 a map of conditions, or a list of them, is expected, not "CQ"',
      '5:13+2 the list is empty',
      '7:12+2 a condition is missing',
      '8:14+2 a condition is missing',
      '8:18+2 a map is expected, not "CQ"',
      '8:30+2 the list is empty',
      '10:20+10 a word, or a list of words, is expected, not a map',
      '10:42+2 text is expected, not the number 42: write it in quotes',
      '10:63+10 text is expected, not a list',
      '11:12+1 a map of conditions, or a list of them, is expected, and there is nothing',
    ],
  },
  {
    title: 'unknown words of conditions',
    text: rules(
      '  - match: { type: [CQ, client_query, CCQ, ZONE, 5], socket_family: IPv4 }',
      '    unless: { socket_protocol: [udp, DNSCrypt, DNSCryptUDPP], socket_family: inet6 }',
      '    action: drop',
    ),
    errors: [
      '4:25+12 unknown message type "client_query"; did you mean "CLIENT_QUERY"?',
      '4:39+3 unknown message type "CCQ"; did you mean "CQ"?',
      '4:44+4 unknown message type "ZONE"; known are mnemonics (CQ), names (CLIENT_QUERY) and groups (client)',
      '4:50+1 a word is expected, not the number 5',
      '4:69+4 unknown socket family "IPv4"; known: INET, INET6',
      '5:33+3 unknown socket protocol "udp"; did you mean "UDP"?',
      '5:38+8 unknown socket protocol "DNSCrypt"; known: UDP, TCP, DOT, DOH, DNSCryptUDP, DNSCryptTCP, DOQ',
      '5:48+12 unknown socket protocol "DNSCryptUDPP"; did you mean "DNSCryptUDP"?',
      '5:78+5 unknown socket family "inet6"; did you mean "INET6"?',
    ],
  },
  {
    title: 'prefixes that are none, or not those of a network',
    text: rules(
      '  - match:',
      '      client_address:',
      '        - 10.0.0',
      '        - 010.0.0.1',
      '        - fe80::1%eth0',
      '        - 10.0.0.0/8/8',
      '        - 10.0.0.0/33',
      '        - 10.0.0.0/08',
      '        - 2001:db8::/129',
      '        - 10.0.0.1/8',
      '        - 2001:db8::1/32',
      '        - ::ffff:10.0.0.1/104',
      '        - ::ffff:010.0.0.1',
      '        - ""',
      '        - ::1.2.3.04',
      '    action: drop',
    ),
    errors: [
      '6:11+6 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '7:11+9 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '8:11+12 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '9:11+12 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '10:11+11 the length of the prefix must be a whole number from 0 to 32',
      '11:11+11 the length of the prefix must be a whole number from 0 to 32',
      '12:11+14 the length of the prefix must be a whole number from 0 to 128',
      '13:11+10 bits are set after the prefix: the network is "10.0.0.0/8"',
      '14:11+14 bits are set after the prefix: the network is "2001:db8::/32"',
      '15:11+19 bits are set after the prefix: the network is "10.0.0.0/8"',
      '16:11+16 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '17:11+2 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
      '18:11+10 this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32',
    ],
  },
];

const wrongMethods: readonly WrongFile[] = [
  {
    title: 'unknown fields, and those that have another name or always stay',
    text: rules(
      '  - set:',
      '      qurey_zone: remove',
      '      query_address: remove',
      '      query_time_nsec: remove',
      '      socket_family: remove',
      '      port: remove',
    ),
    errors: [
      '5:7+10 unknown field "qurey_zone"; did you mean "query_zone"?',
      '6:7+13 "query_address" cannot be set: addresses go by their role: client_address or server_address',
      '7:7+15 "query_time_nsec" cannot be set: seconds and nanoseconds are one field: query_time',
      '8:7+13 "socket_family" cannot be set: it always stays',
      '9:7+4 unknown field "port"; known: client_address, server_address, query_port, response_port, query_time, ' +
        'response_time, query_message, response_message, query_zone, policy, identity, version, extra, socket_protocol, ' +
        'http_protocol, unknown',
    ],
  },
  {
    title: 'fields of a later version',
    text: rules(
      '  - set:',
      '      edns: { other: remove }',
      '      records: { other: remove }',
      '      names: hash',
      '      reverse_names: remove',
      '      message_id: zero',
    ),
    errors: [
      '5:7+4 the field "edns" needs a later version of tapfilter',
      '6:7+7 the field "records" needs a later version of tapfilter',
      '7:7+5 the field "names" needs a later version of tapfilter',
      '8:7+13 the field "reverse_names" needs a later version of tapfilter',
      '9:7+10 the field "message_id" needs a later version of tapfilter',
    ],
  },
  {
    title: 'methods that a field does not have',
    text: rules(
      '  - set:',
      '      client_address: question',
      '      server_address: trunc',
      '      query_port: { truncate: 1m }',
      '      query_message: Question',
      '      policy: zero',
      '      query_zone: hmac',
    ),
    errors: [
      '5:23+8 "question" is no method of client_address; ' +
        'client_address takes keep, remove, truncate, crypto-pan, ipcrypt-pfx, hmac or { truncate: { ipv4: 24, ipv6: 48 } }',
      '6:23+5 unknown method "trunc"; did you mean "truncate"?',
      '7:21+8 "truncate" is no method of query_port; query_port takes keep or remove',
      '8:22+8 unknown method "Question"; did you mean "question"?',
      '9:15+4 unknown method "zero"; policy takes keep, remove or anonymous',
      '10:19+4 "hmac" is no method of query_zone; query_zone takes keep or remove',
    ],
  },
  {
    title: 'methods with a value too few or too many',
    text: rules(
      '  - set:',
      '      query_time: truncate',
      '      identity: replace',
      '      extra: { keep: true }',
      '      version: { keep: 1, remove: 1 }',
      '      client_address: {}',
      '      server_address: [truncate]',
      '      unknown:',
      '      query_port: true',
    ),
    errors: [
      '5:19+8 "truncate" needs a value: { truncate: 1m }',
      '6:17+7 "replace" needs a value: { replace: "site a" }',
      '7:16+4 "keep" takes no value here: write "extra: keep"',
      '8:16+22 a method is one word, or a map with one key',
      '9:23+2 a method is missing; ' +
        'client_address takes keep, remove, truncate, crypto-pan, ipcrypt-pfx, hmac or { truncate: { ipv4: 24, ipv6: 48 } }',
      '10:23+10 a method is expected, not a list; ' +
        'server_address takes keep, remove, truncate, crypto-pan, ipcrypt-pfx, hmac or { truncate: { ipv4: 24, ipv6: 48 } }',
      '11:15+1 a method for unknown is missing; unknown takes keep or remove',
      '12:19+4 a method is expected, not the boolean true; query_port takes keep or remove',
    ],
  },
  {
    title: 'lengths of prefixes that cannot be',
    text: rules(
      '  - set:',
      '      client_address: { truncate: { ipv4: 33, ipv6: -1 } }',
      '      server_address: { truncate: { ipv4: 24.5, ipv6: "48", v6: 48 } }',
      '  - set:',
      '      client_address: { truncate: {} }',
      '      server_address: { truncate: 24 }',
    ),
    errors: [
      '5:43+2 the length of the prefix must be from 0 to 32',
      '5:53+2 the length of the prefix must be from 0 to 128',
      '6:43+4 a whole number is expected, not the number 24.5',
      '6:55+4 a whole number is expected, not "48"',
      '6:61+2 unknown key "v6"; known: ipv4, ipv6',
      '8:35+2 ipv4 or ipv6 is missing',
      '9:35+2 a map is expected, not the number 24',
    ],
  },
  {
    title: 'units and texts that cannot be',
    text: rules(
      '  - set:',
      '      query_time: { truncate: 60s }',
      '      response_time: { truncate: 5 }',
      '      identity: { replace: "" }',
      '      version: { replace: 9.18 }',
      '      extra: { replace: "\\ud800" }',
      `  - set: { identity: { replace: ${'ä'.repeat(512)}x } }`,
    ),
    errors: [
      '5:31+3 unknown unit of time "60s"; known: 1s, 1m, 1h, 1d',
      '6:34+1 the word 1s, 1m, 1h or 1d is expected, not the number 5',
      '7:28+2 the text is empty; to take the field away write "remove"',
      '8:27+4 text is expected, not the number 9.18: write it in quotes',
      '9:25+8 half of a surrogate pair is no text',
      '10:33+513 the text is longer than 1024 bytes',
    ],
  },
];

const NOT_A_MAP =
  '"key" takes no key, but where it comes from, as in "key: { file: share.key }": a key never stands in a rules file';
const NO_SOURCE = '"key" does not say where the key comes from: file, env, credential or ephemeral';
const TWO_SOURCES = 'a key comes from one place: only one of file, env, credential and ephemeral can stand here';
const NO_KEY_HERE =
  'this looks like a key, and a key never stands in a rules file: ' +
  'write it into a file that only you can read, and here the name of that file';
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** A file with the section `key`, whose first line is line 3, and rules that use it. */
function keyed(...lines: string[]): string {
  return ['version: 1', 'default: keep', ...lines, 'rules:', '  - set: { client_address: hmac }', ''].join('\n');
}

const wrongKeys: readonly WrongFile[] = [
  { title: 'a key in place of where it is', text: keyed(`key: ${HEX}`), errors: [`3:6+64 ${NOT_A_MAP}`] },
  { title: 'a pass phrase', text: keyed('key:', '  correct horse'), errors: [`4:3+13 ${NOT_A_MAP}`] },
  { title: 'a key that is a list', text: keyed('key: [share.key]'), errors: [`3:6+11 ${NOT_A_MAP}`] },
  { title: 'a key that is a number', text: keyed('key: 12345678'), errors: [`3:6+8 ${NOT_A_MAP}`] },
  { title: 'a key that is nothing', text: keyed('key:'), errors: [`3:5+1 ${NOT_A_MAP}`] },
  { title: 'a key without anything', text: keyed('key: {}'), errors: [`3:6+2 ${NO_SOURCE}`] },
  {
    title: 'keys in place of names',
    text: keyed('key:', `  file: ${HEX}`, `  env: "0x${HEX}"`, `  credential: ${'a'.repeat(43)}=`),
    errors: [`4:3+70 ${TWO_SOURCES}`, `4:9+64 ${NO_KEY_HERE}`, `5:8+68 ${NO_KEY_HERE}`, `6:15+44 ${NO_KEY_HERE}`],
  },
  {
    title: 'a source in the wrong words, beside other errors',
    text: keyed('key: { fiel: share.key, value: 1, rotate: dya, maps: 1, ephemeral: false }', 'colour: red'),
    errors: [
      '3:8+4 unknown key; did you mean "file"?',
      '3:25+5 unknown key; known: file, env, credential, ephemeral, maps, rotate',
      '3:43+3 "rotate" must be day or week',
      '3:54+1 "maps" must be one',
      '3:68+5 "ephemeral" must be true',
      '4:1+6 unknown key "colour"; known: version, default, key, public, rules',
    ],
  },
  {
    title: 'sources that are no names',
    text: keyed('key: { file: "", env: SHARE-KEY, credential: a/b }'),
    errors: [
      `3:6+45 ${TWO_SOURCES}`,
      '3:14+2 this is no path of a file',
      '3:23+9 this is no name of an environment variable',
      '3:46+3 this is no name of a systemd credential',
    ],
  },
  {
    title: 'sources that are no texts',
    text: keyed('key:', '  file:', '  env: 5', '  credential: [a]', '  ephemeral:'),
    errors: [
      `4:3+5 ${TWO_SOURCES}`,
      '4:8+1 "file" must be the path of a file, as text',
      '5:8+1 "env" must be the name of an environment variable, as text',
      '6:15+3 "credential" must be the name of a systemd credential, as text',
      '7:13+1 "ephemeral" must be true',
    ],
  },
  {
    title: 'a keyed method without a key, told once',
    text: rules('  - set: { server_address: ipcrypt-pfx }', '  - set: { client_address: ipcrypt-pfx }'),
    errors: ['4:28+11 "ipcrypt-pfx" needs a key: say where it is, as in "key: { file: share.key }"'],
  },
  { title: 'a key without a source', text: keyed('key: { rotate: day }'), errors: [`3:6+15 ${NO_SOURCE}`] },
  {
    title: 'more than one keyed method, and what else is wrong in meaning',
    text: [
      'version: 1',
      'default: keep',
      'key: { file: share.key }',
      'rules:',
      '  - { name: a, set: { client_address: crypto-pan, server_address: hmac } }',
      '  - { name: a, set: { client_address: crypto-pan, server_address: truncate } }',
      '  - { set: { client_address: ipcrypt-pfx } }',
      '',
    ].join('\n'),
    errors: [
      '5:67+4 "hmac" cannot stand beside "crypto-pan" of rule 1: a file has one keyed method',
      '6:13+1 rule 1 has the name "a" already',
      '7:30+11 "ipcrypt-pfx" cannot stand beside "crypto-pan" of rule 1: a file has one keyed method',
    ],
  },
  {
    title: 'a keyed method with a value',
    text: rules('  - set: { client_address: { crypto-pan: 1 }, server_address: cryptopan }'),
    errors: [
      '4:30+10 "crypto-pan" takes no value here: write "client_address: crypto-pan"',
      '4:63+9 unknown method "cryptopan"; did you mean "crypto-pan"?',
    ],
  },
];

const wrongYaml: readonly WrongFile[] = [
  {
    title: 'unquoted wildcards, and other aliases',
    text: 'version: 1\ndefault: keep\nrules:\n  - match: { qname: *.example.com }\n  - match: { qname: [a, *.b.example, *c] }\n',
    errors: [
      '4:21+13 write "*.example.com" in quotes',
      '5:25+11 write "*.b.example" in quotes',
      '5:38+2 aliases are not allowed',
    ],
  },
  {
    title: 'anchors, tags and a merge key',
    text: 'version: !!int 1\ndefault: &d keep\n',
    errors: ['1:10+5 tags are not allowed', '2:10+2 anchors are not allowed'],
  },
  {
    title: 'a merge key, a key that stands twice, a key that is a list, a key that is missing',
    text: 'version: 1\n<<: { default: keep }\ndefault: keep\ndefault: remove\n? [a]\n: b\n: c\n',
    errors: [
      '2:1+2 merge keys are not allowed',
      '4:1+7 the key "default" stands twice',
      '5:3+3 a key must be one word',
      '7:1+1 a key must be one word',
    ],
  },
  {
    title: 'a directive, which could make it another YAML',
    text: '%YAML 1.1\n---\nversion: 1\n',
    errors: ['1:1+9 directives are not allowed'],
  },
  {
    title: 'a text that begins with %, and is no directive',
    text: rules('  - name: %', '    action: drop'),
    errors: ['4:11+1 YAML: Plain value cannot start with directive indicator character %'],
  },
  {
    title: 'two documents',
    text: 'version: 1\ndefault: keep\n---\nversion: 1\n',
    errors: ['3:1+3 a rules file is one document'],
  },
  {
    title: 'addresses that end in ::, in every place',
    text: rules(
      '  - match: { client_address: 2001:db8:: }',
      '    action: drop',
      '  - match:',
      '      client_address: fe80::',
      '      server_address: [::, ::1, fe80::]',
      '    unless:',
      '      client_address:',
      '        - fe80::',
      '        - FE81:: # the other',
      '    action: drop',
    ),
    errors: [
      '4:30+9 an address that ends in :: needs quotes or a prefix length',
      '7:23+5 an address that ends in :: needs quotes or a prefix length',
      '8:24+1 an address that ends in :: needs quotes or a prefix length',
      '8:33+5 an address that ends in :: needs quotes or a prefix length',
      '11:11+5 an address that ends in :: needs quotes or a prefix length',
      '12:11+5 an address that ends in :: needs quotes or a prefix length',
    ],
  },
  {
    title: 'a quote without its end',
    text: 'version: 1\ndefault: "keep\n',
    errors: ['3:1+1 YAML: Missing closing "quote'],
  },
  {
    title: 'a tab as indentation',
    text: 'version: 1\ndefault: keep\nrules:\n\t- action: drop\n',
    errors: ['4:1+1 YAML: Tabs are not allowed as indentation'],
  },
  {
    title: 'a control character',
    text: 'version: 1\ndefault: k\u001beep\n',
    errors: ['2:11+1 a rules file has no control characters (this is U+001B)'],
  },
  {
    title: 'a file that is no text',
    text: '\u0000\u0000version',
    errors: ['1:1+1 a rules file has no control characters (this is U+0000)'],
  },
  {
    title: 'a file that is not UTF-8',
    text: 'version: 1\ndefault: keep # f\ufffdr alle\n',
    errors: ['2:18+1 this is not UTF-8'],
  },
  {
    title: 'a lone carriage return, which hides the line after it',
    text: 'version: 1 # \rdefault: keep\n',
    errors: ['1:14+1 a line ends with LF or with CR and LF, not with CR alone'],
  },
  {
    title: 'errors after a byte order mark and CR LF',
    text: '\ufeffversion: 2\r\ndefault: kep\r\nrules:\r\n  - name: a\r\n    match: { type: CQ }\r\n',
    errors: [
      '1:10+1 this version of tapfilter knows "version: 1" only',
      '2:10+3 unknown value of default "kep"; did you mean "keep"?',
      '4:5+7 the rule does nothing: "action: drop" or "set" is missing',
    ],
  },
  {
    title: 'keys that JavaScript gives a meaning',
    text: 'version: 1\ndefault: keep\n__proto__: { rules: [] }\nconstructor: 1\ntoString: 2\n',
    errors: [
      '3:1+9 unknown key "__proto__"; known: version, default, key, public, rules',
      '4:1+11 unknown key "constructor"; known: version, default, key, public, rules',
      '5:1+8 unknown key "toString"; known: version, default, key, public, rules',
    ],
  },
];

/** Each is wrong in YAML, in shape or in meaning, never in two of them. */
export const wrongFiles: readonly WrongFile[] = [
  ...wrongTop,
  ...wrongRules,
  ...wrongConditions,
  ...wrongMethods,
  ...wrongKeys,
  ...wrongYaml,
];
