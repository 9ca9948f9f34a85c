/** Warnings of what still tells who a client is where clients are hidden. */
import { Truncate } from '../anonymize/truncate.ts';
import { parsePrefix } from '../rules/prefix.ts';
import type { Methods, PlainFieldName } from '../rules/schema.ts';
import { type Finder, isHidden, type Subject, typesWhere, type Warning } from './warning.ts';
import { renderFirst, renderRule, renderTypes, startSentence } from './words.ts';

/** Of a type that the rules forgot. Whoever hides the clients of some networks only, does so in all types. */
export const findClientsInClear: Finder = (subject) => {
  const clear = typesWhere(subject, ['client_address'], (client) => !isHidden(client));
  const hidden = typesWhere(subject, ['client_address'], isHidden);
  const onlyClear = clear.filter((type) => !hidden.includes(type));
  const onlyHidden = hidden.filter((type) => !clear.includes(type));
  if (onlyClear.length === 0 || onlyHidden.length === 0) return [];
  return [
    {
      code: 'CLIENT_IN_CLEAR',
      types: onlyClear,
      message: `client_address is in clear in ${renderTypes(onlyClear)}, and hidden in ${renderTypes(onlyHidden)}.`,
      reason: 'The same clients can stand in both, and those of the one tell who those of the other are.',
      advice: 'Give client_address a method in these types too, or drop them.',
    },
  ];
};

export const findWholeAddresses: Finder = (subject) =>
  (['client_address', 'server_address'] as const).flatMap((field) =>
    (['ipv4', 'ipv6'] as const).flatMap((family): Warning[] => {
      const bits = family === 'ipv4' ? 32 : 128;
      const types = typesWhere(subject, [field], (outcome) => 'ipv4' in outcome && outcome[family] === bits);
      if (types.length === 0) return [];
      return [
        {
          code: 'WHOLE_ADDRESSES',
          types,
          message: `${field} is truncated to ${bits} bits of an ${FAMILIES[family]} address in ${renderTypes(types)}.`,
          reason: 'That is all of it: nothing is hidden.',
          advice:
            family === 'ipv4' ? 'Keep fewer bits: 24 are usual for IPv4.' : 'Keep fewer bits: 48 are usual for IPv6.',
        },
      ];
    }),
  );

/** Whoever knows whose network it is knows who the client is. */
export const findKeptNetworks: Finder = ({ file, plan }) =>
  (file.rules ?? []).flatMap(({ match = [], set = {} }, rule) =>
    (['client_address', 'server_address'] as const).flatMap((field): Warning[] => {
      const kept = truncateOf(set[field]);
      const networks = match
        .flatMap((map) => map[field] ?? [])
        .filter((text) => {
          const { address, bits } = parsePrefix(text);
          return kept !== undefined && bits <= (address.length === 4 ? kept.ipv4Bits : kept.ipv6Bits);
        });
      if (networks.length === 0) return [];
      return [
        {
          code: 'NETWORK_KEPT',
          rule,
          message: startSentence(
            `${renderRule(plan.ruleNames, rule)} truncates ${field} and leaves the networks by which it finds them: ${renderFirst(networks)}.`,
          ),
          reason: 'Hosts are hidden, and that they are of this network is not.',
          advice: `Write ${field}: remove, or keep fewer bits, unless nothing but the hosts is to be hidden.`,
        },
      ];
    }),
  );

function truncateOf(method: Methods['client_address']): Truncate | undefined {
  if (method === 'truncate') return new Truncate();
  return typeof method === 'object' ? new Truncate(method.truncate) : undefined;
}

const FAMILIES = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** Where the key rotates, findFollowedRotation says so instead. */
export const findKeptPorts: Finder = (subject) => {
  const types = typesWhere(
    subject,
    ['client_address', 'query_port'],
    (client, port) => isHidden(client) && !('rotate' in client) && !isHidden(port),
  );
  if (types.length === 0) return [];
  return [
    {
      code: 'PORT_KEPT',
      types,
      message: `Clients are hidden, and query_port is kept in ${renderTypes(types)}.`,
      reason:
        'Behind a shared address the port tells one subscriber from another, and with the time it is found again in ' +
        'the logs of whoever translates addresses.',
      advice: 'Write query_port: remove.',
    },
  ];
};

/** docs/frames.md, section 5: `query_zone` names what a client asked for, the other two may hold the client's address. */
export const findKeptClosedFields: Finder = (subject) => {
  if (!subject.plan.hidesClients) return [];
  return [
    ...keptField(
      subject,
      'extra',
      typesWhere(subject, ['extra'], (extra) => !isHidden(extra)),
      'A server may write anything there: the round-trip time of the client, or its address.',
      'Leave extra out of the rules, or write extra: remove.',
    ),
    ...keptField(
      subject,
      'policy',
      typesWhere(subject, ['policy'], (policy) => !isHidden(policy)),
      "The rule and the value of a policy can hold the client's address, and the name that it asked for.",
      'Write policy: anonymous, or leave policy out of the rules.',
    ),
    ...keptField(
      subject,
      'query_zone',
      typesWhere(subject, ['client_address', 'query_zone'], (client, zone) => isHidden(client) && !isHidden(zone)),
      'It tells for which zone a client asked, which may be known to few.',
      'Leave query_zone out of the rules, or write query_zone: remove.',
    ),
  ];
};

function keptField(
  { file }: Subject,
  field: PlainFieldName,
  types: NonNullable<Warning['types']>,
  reason: string,
  advice: string,
): Warning[] {
  if (types.length === 0) return [];
  const message = `${field} is kept in ${renderTypes(types)}, and would be closed because the file hides clients.`;
  const keeping = (file.rules ?? []).flatMap(({ set }, index) => (set?.[field] === 'keep' ? [index] : []));
  return [
    { code: 'CLOSED_FIELD_KEPT', types, message, reason, advice, ...(keeping.length === 1 && { rule: keeping[0] }) },
  ];
}

export const findKeptUnknown: Finder = (subject) => {
  if (!subject.plan.hidesClients) return [];
  const types = typesWhere(subject, ['unknown'], (unknown) => !isHidden(unknown));
  if (types.length === 0) return [];
  return [
    {
      code: 'UNKNOWN_KEPT',
      types,
      message: `unknown fields are kept in ${renderTypes(types)}, in a file that hides clients.`,
      reason:
        'An address with the wrong wire type is an unknown field, as is whatever a later schema says of clients: ' +
        'they stay as they are.',
      advice: 'Leave unknown out of the rules.',
    },
  ];
};
