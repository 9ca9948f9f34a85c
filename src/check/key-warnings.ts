/** Warnings of what weakens pseudonyms. */
import { KEYED_METHODS } from '../anonymize/pseudonyms.ts';
import type { Outcome } from './effects.ts';
import { type Finder, isHidden, typesWhere } from './warning.ts';
import { renderTypes } from './words.ts';

export const findOneMap: Finder = (subject) => {
  if (subject.file.key?.maps !== 'one') return [];
  const fields = ['client_address', 'server_address'] as const;
  if (fields.every((field) => typesWhere(subject, [field], isPseudonym).length === 0)) return [];
  return [
    {
      code: 'ONE_MAP',
      message: 'All addresses have their pseudonyms from one map (maps: one).',
      reason:
        'A host is recognized as client and as server, and servers, whose addresses are known, are known pairs for the ' +
        'clients.',
      advice: 'Leave maps out, unless this is for an incident, among people who trust each other.',
    },
  ];
};

export const findFollowedRotation: Finder = (subject) => {
  const types = typesWhere(
    subject,
    ['client_address', 'query_port'],
    (client, port) => 'rotate' in client && !isHidden(port),
  );
  if (types.length === 0) return [];
  return [
    {
      code: 'ROTATION_FOLLOWED',
      types,
      message: `The key rotates, and query_port is kept in ${renderTypes(types)}.`,
      reason:
        'A client that is active when a period ends keeps its port: by that its old pseudonym and its new one are told ' +
        'to be of one client.',
      advice: 'Write query_port: remove.',
    },
  ];
};

function isPseudonym({ effect }: Outcome): boolean {
  return (KEYED_METHODS as readonly string[]).includes(effect);
}
