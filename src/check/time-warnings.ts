/** Warnings of times that tell more than the rules mean them to. */
import type { PlainFieldName } from '../rules/schema.ts';
import { type Finder, inQueries, inResponses, isHidden, type Subject, typesWhere, type Warning } from './warning.ts';
import { renderTypes } from './words.ts';

const TIMES = ['query_time', 'response_time'] as const;

/** A time in clear beside one that is hidden. Only in responses do servers write both. */
export const findOneHiddenTime: Finder = (subject) => [
  ...oneHiddenTime(subject, 'query_time', 'response_time'),
  ...oneHiddenTime(subject, 'response_time', 'query_time'),
];

function oneHiddenTime(subject: Subject, hidden: PlainFieldName, kept: PlainFieldName): Warning[] {
  const types = typesWhere(inResponses(subject), [hidden, kept], (one, other) => isHidden(one) && !isHidden(other));
  if (types.length === 0) return [];
  return [
    {
      code: 'ONE_TIME_HIDDEN',
      types,
      message: `${hidden} is hidden in ${renderTypes(types)}, and ${kept} is not.`,
      reason: 'In a response the two are a moment apart: the one that is kept tells the other.',
      advice: `Give ${kept} the method of ${hidden}.`,
    },
  ];
}

export const findDifferentTimes: Finder = (subject) => {
  const responses = inResponses(subject);
  const types = typesWhere(
    responses,
    TIMES,
    (one, other) => 'unit' in one && 'unit' in other && one.unit !== other.unit,
  );
  if (types.length === 0) return [];
  return [
    {
      code: 'TIMES_DIFFER',
      types,
      message: `query_time and response_time are truncated to different units in ${renderTypes(types)}.`,
      reason: 'In a response the two are a moment apart: the finer one tells what the coarser one hides.',
      advice: 'Truncate both to the same unit.',
    },
  ];
};

/** In queries servers write no response_time; where that alone is hidden, findOneHiddenTime has told it of the responses. */
export const findExactTimes: Finder = (subject) => {
  const isTold = findOneHiddenTime(subject).length > 0;
  const queries = typesWhere(
    inQueries(subject),
    ['client_address', ...TIMES],
    (client, query, response) => isHidden(client) && !isHidden(query) && (!isTold || !isHidden(response)),
  );
  const responses = typesWhere(
    inResponses(subject),
    ['client_address', ...TIMES],
    (client, query, response) => isHidden(client) && !isHidden(query) && !isHidden(response),
  );
  const types = subject.types
    .map(({ mnemonic }) => mnemonic)
    .filter((mnemonic) => queries.includes(mnemonic) || responses.includes(mnemonic));
  if (types.length === 0) return [];
  return [
    {
      code: 'EXACT_TIMES',
      types,
      message: `Clients are hidden, and times are kept to the nanosecond in ${renderTypes(types)}.`,
      reason: 'A time so exact is found again in any other log of the same event, and there the client has a name.',
      advice: 'Write query_time: { truncate: 1s } and response_time: { truncate: 1s }, or more.',
    },
  ];
};
