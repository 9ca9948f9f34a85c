/** Warnings of DNS messages that are written although the rules seem not to want them. */
import { CompiledConditions } from '../rules/conditions.ts';
import type { Conditions, PlainFieldName, Rule } from '../rules/schema.ts';
import type { Mnemonic } from './effects.ts';
import { type Finder, inResponses, isHidden, isWritten, type Subject, typesWhere, type Warning } from './warning.ts';
import { renderTypes } from './words.ts';

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

/** Where a rule asks for UPDATE in AQ and AR, whatever it does with them, nothing is overlooked. */
export const findUpdatesInAuth: Finder = (subject) => {
  const { file, types } = subject;
  const rules = file.rules ?? [];
  const isDropped = (wanted: Mnemonic) =>
    types.some(({ mnemonic, droppedBy }) => {
      return mnemonic === wanted && droppedBy !== undefined && rules[droppedBy].match !== undefined;
    });
  if (!isDropped('UQ') || !isDropped('UR')) return [];
  const auth = types.filter(({ mnemonic }) => mnemonic === 'AQ' || mnemonic === 'AR').filter(isWritten);
  const found = auth.filter(({ type }) => !rules.some((rule) => findsUpdates(rule, type)));
  if (found.length === 0) return [];
  const names = found.map(({ mnemonic }) => mnemonic);
  return [
    {
      code: 'UPDATES_IN_AUTH',
      types: names,
      message: `UQ and UR are dropped, and updates in ${renderTypes(names)} are not.`,
      reason: 'Knot logs dynamic updates as AQ and AR, and not as UQ and UR. They come from hosts, and name them.',
      advice: 'Ask for the opcode too: match: [{ type: update }, { opcode: UPDATE }].',
    },
  ];
};

/** Whether a rule applies to updates in frames of the type by their opcode. */
function findsUpdates({ match, unless }: Rule, type: number): boolean {
  const isOfType = (map: Conditions) =>
    map.type === undefined || new CompiledConditions([{ type: map.type }]).forType(type) === true;
  const finds = (map: Conditions) =>
    isOfType(map) && Object.keys(map).every((name) => name === 'type' || name === 'opcode') && isUpdate(map);
  const spares = (map: Conditions) => isOfType(map) && isUpdate(map);
  const asks = [...(match ?? []), ...(unless ?? [])].some(({ opcode }) => opcode !== undefined);
  return asks && (match?.some(finds) ?? true) && !unless?.some(spares);
}

function isUpdate({ opcode }: Conditions): boolean {
  return opcode === undefined || opcode.includes('UPDATE');
}

/** Only in responses do servers write both. */
export const findOneHiddenMessage: Finder = (subject) => [
  // Where clients are hidden, a response has lost its EDNS options too, and to keep it alone is what passive DNS does.
  ...(subject.plan.hidesClients
    ? []
    : oneHiddenMessage(
        subject,
        'query_message',
        'response_message',
        'A response repeats the question of its query, and often its EDNS options.',
      )),
  ...oneHiddenMessage(
    subject,
    'response_message',
    'query_message',
    'Some servers (Knot) log the query beside the response: it tells what was asked, and its EDNS options who asked.',
  ),
];

function oneHiddenMessage(subject: Subject, hidden: PlainFieldName, kept: PlainFieldName, reason: string): Warning[] {
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
