/** Warnings of DNS messages that are written although the rules seem not to want them. */
import type { FieldName } from '../rules/field.ts';
import type { Mnemonic } from './effects.ts';
import { type Finder, inResponses, isHidden, isWritten, type Subject, typesWhere, type Warning } from './warning.ts';
import { renderTypes } from './words.ts';

const MESSAGES = ['query_message', 'response_message'] as const;

export const findClientQueriesInAuth: Finder = (subject) => {
  const isAsked = typesWhere(
    subject,
    ['client_address', 'query_message'],
    (client, query) => client.effect !== 'removed' || query.effect !== 'removed',
  ).includes('AQ');
  if (!isAsked || isTypeWritten(subject, 'CQ') || isTypeWritten(subject, 'CR')) return [];
  return [
    {
      code: 'CLIENT_QUERIES_IN_AUTH',
      types: ['AQ'],
      message: 'CQ and CR are not written, and AQ is.',
      reason:
        "BIND logs a client's recursive query for a name in one of its own zones as AQ, and only the answer as CR: " +
        "where a server does both, clients' queries are written all the same.",
      advice: 'Drop AQ too: match: { type: [client, AQ] }. Where no server does both, nothing is to be done.',
    },
  ];
};

export const findUpdatesInAuth: Finder = (subject) => {
  if (isTypeWritten(subject, 'UQ') || isTypeWritten(subject, 'UR')) return [];
  const auth = subject.types.filter(({ mnemonic }) => mnemonic === 'AQ' || mnemonic === 'AR');
  const types = typesWhere({ ...subject, types: auth }, MESSAGES, (query, response) => {
    return !isHidden(query) || !isHidden(response);
  });
  if (types.length === 0) return [];
  return [
    {
      code: 'UPDATES_IN_AUTH',
      types,
      message: `UQ and UR are not written, and ${renderTypes(types)} with the DNS messages.`,
      reason:
        'Knot logs dynamic updates as AQ and AR. Their messages name hosts and addresses, and no condition tells them ' +
        'from queries yet.',
      advice: 'For match: { type: auth }, set query_message and response_message to question, or to remove.',
    },
  ];
};

/** Only in responses do servers write both. */
export const findOneHiddenMessage: Finder = (subject) => [
  ...oneHiddenMessage(
    subject,
    'query_message',
    'response_message',
    'A response repeats the question of its query, and often its EDNS options.',
  ),
  ...oneHiddenMessage(
    subject,
    'response_message',
    'query_message',
    'Some servers (Knot) log the query beside the response: it tells what was asked, and its EDNS options who asked.',
  ),
];

function oneHiddenMessage(subject: Subject, hidden: FieldName, kept: FieldName, reason: string): Warning[] {
  const types = typesWhere(inResponses(subject), [hidden, kept], (one, other) => isHidden(one) && !isHidden(other));
  if (types.length === 0) return [];
  return [
    {
      code: 'ONE_MESSAGE_HIDDEN',
      types,
      message: `${hidden} is hidden in ${renderTypes(types)}, and ${kept} is not.`,
      reason,
      advice: `Give ${kept} the method of ${hidden}.`,
    },
  ];
}

function isTypeWritten({ types }: Subject, wanted: Mnemonic): boolean {
  return types.some((one) => one.mnemonic === wanted && isWritten(one));
}
