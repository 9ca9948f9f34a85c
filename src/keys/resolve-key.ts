/** The key that the section `key` of a rules file stands for. */
import { isAbsolute, join } from 'node:path';
import { Key } from '../anonymize/key.ts';
import { KeyError } from '../errors.ts';
import { readKeyFile, refuseKeyText } from './key-file.ts';

/** Where a key comes from: one of the four. */
export interface KeySource {
  readonly file?: string;
  readonly env?: string;
  readonly credential?: string;
  readonly ephemeral?: true;
}

/** What the sources are relative to. */
export interface KeySurroundings {
  /** The folder of the rules file. */
  readonly folder: string;
  /** The environment variables. The one that holds the key is deleted from it, whether or not it is a key. */
  readonly environment: Record<string, string | undefined>;
  /** $CREDENTIALS_DIRECTORY, which systemd sets. */
  readonly credentialsDirectory: string | undefined;
}

/** Finds and reads the key, or makes it where it is ephemeral; throws KeyError. */
export async function resolveKey(source: KeySource, surroundings: KeySurroundings): Promise<Key> {
  const { file, env, credential, ephemeral } = source;
  const { folder, environment, credentialsDirectory } = surroundings;
  for (const name of [file, env, credential]) if (name !== undefined) refuseKeyText(name);
  if (file !== undefined) return readKeyFile(isAbsolute(file) ? file : join(folder, file));
  if (env !== undefined) return takeFromEnvironment(env, environment);
  if (credential !== undefined) return readCredential(credential, credentialsDirectory);
  if (ephemeral) return Key.generate();
  throw new KeyError('the rules do not say where the key comes from: name a key file with --key-file.');
}

function takeFromEnvironment(name: string, environment: KeySurroundings['environment']): Key {
  const value = environment[name];
  // Neither a program that we start nor a report of a crash has any use for it.
  delete environment[name];
  if (value === undefined)
    throw new KeyError(`the environment variable ${name} is not set, and the key is to come from it.`);
  try {
    // What stands there went through a decoding: the bytes themselves are lost.
    return Key.parse(new TextEncoder().encode(value), { textOnly: true });
  } catch (error) {
    throw error instanceof KeyError
      ? new KeyError(`cannot use the environment variable ${name}: ${error.message}`)
      : error;
  }
}

async function readCredential(name: string, directory: string | undefined): Promise<Key> {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw new KeyError('the name of a credential is needed, not a path.');
  }
  if (!directory) {
    throw new KeyError(
      `there is no credential ${name}: $CREDENTIALS_DIRECTORY is not set, as it is by systemd where LoadCredential= is.`,
    );
  }
  // The directory is closed to others, whatever the files in it say.
  return readKeyFile(join(directory, name), { title: `the credential ${name}`, areOthersKeptOut: true });
}
