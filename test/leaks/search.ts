/** Searches bytes for what must not be in them. */
import type { Secret } from './secrets.ts';

/** The secrets that are in the bytes. */
export function findSecrets(bytes: Uint8Array, secrets: readonly Secret[]): Secret[] {
  const haystack = Buffer.from(bytes);
  const lowerCase = Buffer.from(
    haystack.toString('latin1').replace(/[A-Z]+/g, (text) => text.toLowerCase()),
    'latin1',
  );
  return secrets.filter((secret) => (secret.isText ? lowerCase : haystack).includes(secret.bytes));
}

/** Secrets as a failing test shows them. */
export function renderSecrets(secrets: readonly Secret[]): string[] {
  return secrets.map(({ kind, bytes }) => `${kind}: ${JSON.stringify(bytes.toString('latin1'))}`);
}

/** The runs of so many characters of a text that also are in the bytes. */
export function findRuns(text: string, bytes: Uint8Array, length: number): string[] {
  const haystack = Buffer.from(bytes);
  const starts = Array.from({ length: Math.max(0, text.length - length + 1) }, (_, start) => start);
  const runs = new Set(starts.map((start) => text.slice(start, start + length)));
  return [...runs].filter((run) => haystack.includes(run, 0, 'latin1'));
}
