/** The numbers of users and groups by their names (passwd(5), group(5)). */
import { readFile } from 'node:fs/promises';
import { EndpointError } from '../errors.ts';
import { renderPath } from './end.ts';

/** The number of a user or group that is given by its name or number. Throws EndpointError where nobody has that name. */
export async function accountId(kind: 'user' | 'group', name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const path = kind === 'user' ? '/etc/passwd' : '/etc/group';
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const id = lines.find(([first]) => first === name)?.[2];
  if (id === undefined || !/^\d+$/.test(id)) {
    throw new EndpointError(
      'SOCKET_UNUSABLE',
      `there is no ${kind} ${renderPath(name)} in ${path}; where it comes from elsewhere give its number.`,
    );
  }
  return Number(id);
}
