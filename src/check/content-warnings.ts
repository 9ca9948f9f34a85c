/** Warnings of what stays inside of DNS messages where clients are hidden. */
import { OptionCode, parseOption } from '../dns/edns.ts';
import { parseType, typeNumber } from '../dns/record-types.ts';
import type { Cell, Outcome, RowName } from './effects.ts';
import { type Finder, isWritten, type Subject, type Warning } from './warning.ts';
import { renderTypes } from './words.ts';

/** Who leaves `names` out has perhaps not thought of them; who writes `names: keep` has. */
export const findKeptNames: Finder = (subject) => {
  const { file, plan } = subject;
  const isNamed = (file.rules ?? []).some(({ set }) => set?.names !== undefined);
  if (!plan.hidesClients || isNamed) return [];
  const types = typesWithMessages(subject, 'names', ({ effect }) => effect === 'in clear');
  if (types.length === 0) return [];
  return [
    {
      code: 'NAMES_KEPT',
      types,
      message: `Names stay in DNS messages in ${renderTypes(types)}, and no rule says what becomes of them.`,
      reason:
        'Some names are people, or hosts of people, and who asks for a name that nobody else asks for is known by it.',
      advice:
        'Write names: registrable, names: hash or names: { labels: 2 }; or names: keep, if they are meant to stay.',
    },
  ];
};

/** docs/messages.md, 4: what is closed is opened by its own name only. */
export const findOpenedContent: Finder = ({ file, plan }) => {
  if (!plan.hidesClients) return [];
  return (file.rules ?? []).flatMap(({ set = {} }, rule): Warning[] => {
    const kept = (map: Readonly<Record<string, unknown>> | undefined, isClosed: (word: string) => boolean) =>
      Object.entries(map ?? {}).flatMap(([word, method]) => (method === 'keep' && isClosed(word) ? [word] : []));
    const options = kept(set.edns, (word) => word !== 'other' && !HARMLESS_OPTIONS.includes(parseOption(word) ?? -1));
    const records = kept(set.records, (word) => CLOSED_RECORDS.includes(parseType(word) ?? -1));
    const fields = [
      ...options.map((word) => `edns ${word}`),
      ...records.map((word) => `records ${word}`),
      ...(set.reverse_names === 'keep' ? ['reverse_names'] : []),
    ];
    return fields.map((field) => ({
      code: 'CLOSED_FIELD_KEPT',
      rule,
      message: `${field} is kept, and would be closed because the file hides clients.`,
      reason: field.startsWith('records') ? RECORD_REASON : OPTION_REASON,
      advice: 'Leave it out of the rules, unless it is known to tell nothing of clients.',
    }));
  });
};

const HARMLESS_OPTIONS: readonly number[] = [OptionCode.expire, OptionCode.tcp_keepalive];
/** docs/messages.md, 4. */
const CLOSED_RECORDS: readonly number[] = 'A AAAA SVCB HTTPS TXT SPF AVC NINFO RESINFO WALLET TSIG TKEY SIG'
  .split(' ')
  .map(typeNumber);
const OPTION_REASON = 'It holds the address of a client, a part of it, or what tells one device from all others.';
const RECORD_REASON = "It can hold the client's address, or the name and the signature of the one who asked.";

/** The id of a message is the same on both sides of the boundary of two periods. */
export const findFollowedIds: Finder = (subject) => {
  if (subject.file.key?.rotate === undefined) return [];
  const types = typesWithMessages(subject, 'message_id', ({ effect }) => effect === 'in clear').filter((mnemonic) =>
    subject.types.some((type) => type.mnemonic === mnemonic && outcomesOf(type.cells.client_address).some(rotates)),
  );
  if (types.length === 0) return [];
  return [
    {
      code: 'ROTATION_FOLLOWED',
      types,
      message: `The key rotates, and message_id is kept in ${renderTypes(types)}.`,
      reason:
        'A query before the end of a period and its answer after it have one id: by that two pseudonyms are one client.',
      advice: 'Write message_id: zero.',
    },
  ];
};

function rotates(outcome: Outcome): boolean {
  return 'rotate' in outcome && outcome.rotate !== undefined;
}

function typesWithMessages(
  { types }: Subject,
  row: RowName,
  test: (outcome: Outcome) => boolean,
): NonNullable<Warning['types']> {
  return types
    .filter((type) => isWritten(type) && outcomesOf(type.cells[row]).some(test))
    .filter(({ cells }) =>
      [cells.query_message, cells.response_message].some((cell) =>
        // Of one that is cut to its question the id and the names in that stay.
        outcomesOf(cell).some(({ effect }) => effect !== 'removed'),
      ),
    )
    .map(({ mnemonic }) => mnemonic);
}

function outcomesOf(cell: Cell): Outcome[] {
  if (cell.effect === 'dropped' || cell.effect === 'absent') return [];
  return cell.effect === 'depends' ? [cell.otherwise, ...cell.exceptions.map(({ outcome }) => outcome)] : [cell];
}
