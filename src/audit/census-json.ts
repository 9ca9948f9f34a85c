/** What is in a capture, as an object for programs. */
import type { CensusReport } from './census.ts';

/** The report as docs/audit.md has it; values of the capture stand in it only where `shows` is set. */
export function censusObject({ frames, framesByType, kinds, groups }: CensusReport, shows: boolean): object {
  return {
    frames,
    frames_by_type: framesByType,
    kinds: Object.fromEntries(
      kinds.map(({ kind, frames: count, framesByType: byType, distinct, values }) => [
        kind,
        {
          frames: count,
          frames_by_type: byType,
          ...countObject('values', distinct),
          ...(shows && { first_values: values }),
        },
      ]),
    ),
    groups: {
      ...countObject('clients', groups.clients),
      clients_seen_once: groups.clientsSeenOnce,
      ...countObject('prefixes', groups.prefixes),
      prefixes_of_one_client: groups.prefixesOfOneClient,
      ...countObject('names', groups.names),
      names_of_one_client: groups.namesOfOneClient,
    },
  };
}

function countObject(name: string, { count, isMinimum }: CensusReport['groups']['clients']): object {
  return { [name]: count, ...(isMinimum && { [`${name}_is_minimum`]: true }) };
}
