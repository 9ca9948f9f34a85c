/** Says of a key that a map of the language cannot have which one was meant, or where it belongs. */
import { OPTION_NAMES } from '../dns/edns.ts';
import { parseType, TYPE_NAMES } from '../dns/record-types.ts';
import { FIELD_NAMES } from './field.ts';
import { quote } from './rules-issues.ts';
import { CONDITION_NAMES, FILE_KEYS, OTHER, PUBLIC_KEYS, RULE_KEYS } from './schema.ts';
import { suggest } from './suggest.ts';
import { orList, unknownWord } from './unknown-word.ts';
import type { Path } from './yaml-nodes.ts';

/** What is wrong with the key `key`, which the map at `path` cannot have. */
export function explainKey(path: Path, key: string): string {
  const last = path.at(-1);
  if (path.length === 0) return unknownWord('key', key, FILE_KEYS);
  if (path[0] === 'public') return unknownWord('key', key, PUBLIC_KEYS);
  if (path.length === 2) return explainRuleKey(key);
  if (path[2] === 'match' || path[2] === 'unless') {
    const hint = key.endsWith('_address') ? FIELD_HINTS[key] : undefined;
    if (hint !== undefined) return `unknown condition ${quote(key)}: ${hint}`;
    return unknownWord('condition', key, CONDITION_NAMES);
  }
  if (last === 'set') return explainField(key);
  if (last === 'edns') return explainEntry('EDNS option', key, [...OPTION_NAMES, OTHER], 'a number from 0 to 65535');
  if (last === 'records') {
    // Of all types it alone is none of "records".
    if (parseType(key) !== undefined) return 'OPT cannot be set: its options can, under "edns"';
    return explainEntry('record type', key, [...TYPE_NAMES, OTHER], 'TYPE and a number from 0 to 65535');
  }
  return unknownWord('key', key, ['ipv4', 'ipv6']);
}

/** What is wrong with a key of `set` that is no field. */
function explainField(key: string): string {
  if (Object.hasOwn(FIELD_HINTS, key)) return `${quote(key)} cannot be set: ${FIELD_HINTS[key]}`;
  const meant = Object.hasOwn(FIELDS_BY_OTHER_NAMES, key) ? FIELDS_BY_OTHER_NAMES[key] : undefined;
  if (meant !== undefined) return `unknown field ${quote(key)}: ${meant}`;
  const map = (OPTION_NAMES as readonly string[]).includes(key)
    ? 'edns'
    : TYPE_NAMES.includes(key)
      ? 'records'
      : undefined;
  if (map !== undefined)
    return `unknown field ${quote(key)}: it stands below ${quote(map)}, as in "${map}: { ${key}: remove }"`;
  return unknownWord('field', key, FIELD_NAMES);
}

function explainEntry(noun: string, word: string, known: readonly string[], number: string): string {
  const meant = suggest(word, known);
  return `unknown ${noun} ${quote(word)}${meant === undefined ? `; one without a name is ${number}` : `; did you mean ${quote(meant)}?`}`;
}

/** People write a field or a condition where "set" or "match" should stand around it. */
function explainRuleKey(key: string): string {
  const places = [
    ...((FIELD_NAMES as readonly string[]).includes(key) ? ['"set"'] : []),
    ...((CONDITION_NAMES as readonly string[]).includes(key) ? ['"match"'] : []),
  ];
  if (places.length > 0) return `unknown key ${quote(key)}: it stands below ${orList(places)}`;
  if (key === 'drop') return 'unknown key "drop": write "action: drop"';
  return unknownWord('key', key, RULE_KEYS);
}

/** Names of dnstap.proto that the language calls otherwise, and fields that cannot be set. */
const FIELD_HINTS: Readonly<Record<string, string>> = {
  query_address: 'addresses go by their role: client_address or server_address',
  response_address: 'addresses go by their role: client_address or server_address',
  query_time_sec: 'seconds and nanoseconds are one field: query_time',
  query_time_nsec: 'seconds and nanoseconds are one field: query_time',
  response_time_sec: 'seconds and nanoseconds are one field: response_time',
  response_time_nsec: 'seconds and nanoseconds are one field: response_time',
  type: 'it always stays',
  socket_family: 'it always stays',
};

/** What people call a field, and what it is here. */
const FIELDS_BY_OTHER_NAMES: Readonly<Record<string, string>> = {
  address: 'there are client_address and server_address',
  ip: 'there are client_address and server_address',
  message: 'there are query_message and response_message',
  port: 'there are query_port and response_port',
  time: 'there are query_time and response_time',
  timestamp: 'there are query_time and response_time',
  qname: 'what becomes of names is "names"',
  ecs: 'write "edns: { client_subnet: remove }"',
};
