/** What the methods do to the fields of one frame, for the reference (docs/frames.md, section 4). */
import type { RemovalCode } from '../../src/errors.ts';
import { agrees, contains, isMapped, type Prefix, seenAs, truncateAddress } from './addresses.ts';
import { cleanMessage, type FrameOfMessages, reverseMethod } from './dns-clean.ts';
import { means as meansName } from './dns-conditions.ts';
import { wireOf } from './dns-message.ts';
import { changeName } from './dns-names.ts';
import { keepQuestion, lowerCase } from './dns-question.ts';
import { type Keying, methodKey, subkey } from './keys.ts';
import { periodOf } from './periods.ts';
import type { Field, Value } from './protobuf.ts';
import { isKeyed, type KeyedMethod, pseudonym } from './pseudonyms.ts';
import {
  bytesOf,
  fieldsOf,
  INNER_FIELDS,
  type Method,
  type Methods,
  roleOf,
  type SettableField,
  varintOf,
} from './rules.ts';

const DEFAULT_IPV4_BITS = 24;
const DEFAULT_IPV6_BITS = 48;
const SECONDS_OF = { '1s': 1n, '1m': 60n, '1h': 3600n, '1d': 86_400n };
const LATEST_SECOND = 2n ** 53n - 1n;

/** What became of a frame; `removed` says whether any field was taken away, on any level. */
export interface Changed {
  fields: Field[];
  removed: boolean;
  removals: RemovalCode[];
}

/** Carries out the methods on the fields of a canonical frame, which it leaves as they are. */
export function applyMethods(
  frame: readonly Field[],
  methods: Methods,
  publicPrefixes: readonly Prefix[],
  keying: Keying,
  { hides = false, publicNames = [] }: { hides?: boolean; publicNames?: readonly string[] } = {},
): Changed {
  const removals: RemovalCode[] = [];
  let removed = false;

  const mapFields = (fields: readonly Field[], change: (field: Field) => Value | undefined): Field[] =>
    fields.flatMap((field) => {
      const value = change(field);
      if (value === undefined) removed = true;
      return value === undefined ? [] : [{ ...field, value }];
    });

  const changeOf = ({ name, value }: Field, method: Method | undefined): Value | undefined => {
    if (name === undefined) return methods.unknown === 'remove' ? undefined : value;
    if (method === 'keep') return value;
    if (method === 'remove') return undefined;
    if (typeof method === 'object' && 'replace' in method) {
      return { wire: 'bytes', bytes: new Uint8Array(Buffer.from(method.replace, 'utf8')) };
    }
    throw new Error(`no such method for ${name}`);
  };

  const removeAs = (code: RemovalCode): undefined => {
    removals.push(code);
    return undefined;
  };

  const changeMessage = (message: Field[]): Field[] => {
    const type = varintOf(message, 'type') ?? 0n;
    const family = varintOf(message, 'socket_family');
    const isForwarder = type === 7n || type === 8n;

    const changeAddress = (name: 'query_address' | 'response_address', value: Value): Value | undefined => {
      const method = methods[roleOf(name, type)];
      if (method === undefined || method === 'keep' || value.wire !== 'bytes') return value;
      const { bytes } = value;
      const address = seenAs(bytes);
      const valid = address !== undefined && agrees(bytes, family);
      if (valid && publicPrefixes.some((prefix) => contains(prefix, address))) return value;
      if (method === 'remove') return undefined;
      if (!valid) return removeAs('ADDRESS_INVALID');
      const changed = isKeyed(method) ? pseudonymize(name, method, bytes) : truncate(method, bytes);
      if (changed === undefined) return removeAs('PERIOD_UNKNOWN');
      return { wire: 'bytes', bytes: isMapped(bytes) && family === 1n ? changed.slice(12) : changed };
    };

    const pseudonymize = (
      name: 'query_address' | 'response_address',
      method: KeyedMethod,
      bytes: Uint8Array,
    ): Uint8Array | undefined => {
      if (roleOf(name, type) !== 'client_address') return pseudonymIn('server', method, bytes);
      return pseudonymIn(isForwarder ? 'forwarder' : 'client', method, bytes);
    };

    const seconds = varintOf(message, 'query_time_sec') ?? varintOf(message, 'response_time_sec');
    const period = keying.rotate && periodOf(seconds, keying.rotate);
    const isPeriodUnknown = keying.rotate !== undefined && period === undefined;

    const pseudonymIn = (
      map: 'client' | 'forwarder' | 'server' | 'subnet' | 'reverse',
      method: KeyedMethod,
      bytes: Uint8Array,
    ) => (isPeriodUnknown ? undefined : pseudonym(method, methodKey(keying, map, method, period), bytes));

    const clientBytes = type === 3n || type === 4n ? undefined : bytesOf(message, 'query_address');
    const inMessages: FrameOfMessages = {
      methods,
      hidesClients: hides,
      clientMethod: (methods.client_address ?? 'keep') === 'keep' ? 'remove' : (methods.client_address as Method),
      client: clientBytes && seenAs(clientBytes),
      clientMap: isForwarder ? 'forwarder' : 'client',
      publicPrefixes,
      isPublicName: (labels) => publicNames.some((text) => meansName(text, labels.map(lowerCase))),
      pseudonymIn: (map, method, bytes) => (isKeyed(method) ? pseudonymIn(map, method, bytes) : undefined),
      namesKey: () => (isPeriodUnknown || keying.key === undefined ? undefined : subkey(keying.key, 'names', period)),
    };

    const changeTime = (role: 'query_time' | 'response_time', field: Field): Value | undefined => {
      const unit = timeUnit(methods[role]);
      if (unit === undefined) return changeOf(field, methods[role]);
      const seconds = varintOf(message, `${role}_sec`);
      if (seconds !== undefined && seconds > LATEST_SECOND) {
        // Both parts come by here; the pair counts once.
        return field.name === `${role}_sec` ? removeAs('TIME_INVALID') : undefined;
      }
      if (field.value.wire === 'varint')
        return { wire: 'varint', value: field.value.value - (field.value.value % unit) };
      return { wire: 'fixed32', bytes: new Uint8Array(4) };
    };

    const isLookedInto = hides || isAnyAtWork(methods);

    const changeDns = (name: 'query_message' | 'response_message', field: Field): Value | undefined => {
      const method = methods[name];
      if (methods.names === 'undecided' || field.value.wire !== 'bytes') return changeOf(field, 'remove');
      if (method !== 'question' && method !== 'keep') return changeOf(field, method);
      const start = method === 'question' ? keepQuestion(field.value.bytes) : field.value.bytes;
      if (typeof start === 'string') return removeAs(start);
      if (!isLookedInto) return { wire: 'bytes', bytes: start };
      const cleaned = cleanMessage(start, inMessages);
      removals.push(...cleaned.removals);
      return typeof cleaned.message === 'string'
        ? removeAs(cleaned.message)
        : { wire: 'bytes', bytes: cleaned.message };
    };

    const changeZone = (field: Field): Value | undefined => {
      if (methods.query_zone !== undefined || field.value.wire !== 'bytes') return changeOf(field, methods.query_zone);
      const { names = 'keep' } = methods;
      const reverse = reverseMethod(inMessages);
      if (names === 'undecided') return undefined;
      if (names === 'keep' && reverse === 'keep') return field.value;
      const labels = zoneLabels(field.value.bytes);
      if (labels === undefined) return removeAs('ZONE_INVALID');
      if (names === 'hash' && inMessages.namesKey() === undefined) return removeAs('PERIOD_UNKNOWN');
      const changed = changeName(labels, names, reverse, inMessages);
      if (changed.removal !== undefined) removals.push(changed.removal);
      return { wire: 'bytes', bytes: wireOf(changed.labels) };
    };

    const changePolicy = (field: Field): Value | undefined => {
      if (methods.policy === 'remove' || field.value.wire !== 'submessage') return undefined;
      const before = field.value.fields;
      const fields = mapFields(before, (inner) => {
        const identifying = inner.name === 'rule' || inner.name === 'value';
        return changeOf(inner, identifying && methods.policy === 'anonymous' ? 'remove' : 'keep');
      });
      return fields.length === 0 && before.length > 0 ? undefined : { wire: 'submessage', fields };
    };

    return mapFields(message, (field) => {
      switch (field.name) {
        case 'type':
        case 'socket_family':
          return field.value;
        case 'query_address':
        case 'response_address':
          return changeAddress(field.name, field.value);
        case 'query_time_sec':
        case 'query_time_nsec':
          return changeTime('query_time', field);
        case 'response_time_sec':
        case 'response_time_nsec':
          return changeTime('response_time', field);
        case 'query_message':
        case 'response_message':
          return changeDns(field.name, field);
        case 'query_zone':
          return changeZone(field);
        case 'policy':
          return changePolicy(field);
        default:
          return changeOf(field, methods[field.name as SettableField]);
      }
    });
  };

  const fields = mapFields(frame, (field) => {
    if (field.name === 'type') return field.value;
    if (field.name === 'message') {
      return { wire: 'submessage', fields: changeMessage(fieldsOf([field], 'message') ?? []) };
    }
    return changeOf(field, methods[field.name as SettableField]);
  });
  return { fields: [...addedFields(frame, methods), ...fields], removed, removals };
}

/** Whether a field inside of messages has another method than `keep`. */
function isAnyAtWork(methods: Methods): boolean {
  return Object.entries(methods).some(([name, method]) => {
    const isInner = (INNER_FIELDS as readonly string[]).includes(name) || name.includes(':');
    return isInner && method !== undefined && method !== 'keep';
  });
}

/** The labels of one name without pointers that fills the octets. */
function zoneLabels(octets: Uint8Array): string[] | undefined {
  const labels: string[] = [];
  for (let at = 0; ; ) {
    const length = octets[at];
    if (length === undefined || length > 63 || octets.length > 255) return undefined;
    if (length === 0) return at + 1 === octets.length ? labels : undefined;
    if (at + 1 + length > octets.length) return undefined;
    labels.push(Buffer.from(octets.slice(at + 1, at + 1 + length)).toString('latin1'));
    at += 1 + length;
  }
}

function addedFields(frame: readonly Field[], methods: Methods): Field[] {
  return (['identity', 'version', 'extra'] as const).flatMap((name, index) => {
    const method = methods[name];
    const present = frame.some((field) => field.name === name);
    if (present || typeof method !== 'object' || !('replace' in method)) return [];
    const bytes = new Uint8Array(Buffer.from(method.replace, 'utf8'));
    return [{ number: index + 1, name, value: { wire: 'bytes', bytes } }];
  });
}

function truncate(method: Method, bytes: Uint8Array): Uint8Array {
  const { ipv4 = DEFAULT_IPV4_BITS, ipv6 = DEFAULT_IPV6_BITS } = addressBits(method);
  return truncateAddress(bytes, ipv4, ipv6);
}

function addressBits(method: Method): { ipv4?: number; ipv6?: number } {
  if (method === 'truncate') return {};
  if (typeof method === 'object' && 'truncate' in method && typeof method.truncate === 'object') return method.truncate;
  throw new Error('no such method for an address');
}

function timeUnit(method: Method | undefined): bigint | undefined {
  if (typeof method !== 'object' || !('truncate' in method) || typeof method.truncate !== 'string') return undefined;
  return SECONDS_OF[method.truncate];
}
