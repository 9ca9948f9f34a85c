/** What a rules file may write for a record type. */
import { parseType } from '../dns/record-types.ts';

/** Answers with what is wrong with a record type, or with nothing. */
export function checkType(text: string): string | undefined {
  if (parseType(text) !== undefined) return undefined;
  const upper = text.toUpperCase();
  if (parseType(upper) !== undefined) return `record types are written in capitals: ${upper}`;
  return 'this is no record type: write its mnemonic, as AAAA, or TYPE and its number, as TYPE65';
}
