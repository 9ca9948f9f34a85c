/** The EDNS options and record types that rules name: each is a field of its own, whose index is behind those of all other fields. */
import { parseOption } from '../dns/edns.ts';
import { parseType } from '../dns/record-types.ts';
import { FIELD_NAMES, FieldIndex } from './field.ts';
import type { MessageEntries, MessageEntry } from './plan.ts';
import { OTHER, type Rule } from './schema.ts';

const CODES = 0x10000;

export class Entries implements MessageEntries {
  readonly list: MessageEntry[] = [];
  readonly optionFields: Uint16Array = new Uint16Array(CODES).fill(FieldIndex.edns);
  readonly recordFields: Uint16Array = new Uint16Array(CODES).fill(FieldIndex.records);

  constructor(rules: readonly Rule[]) {
    for (const { set } of rules) {
      for (const field of ['edns', 'records'] as const) {
        for (const word of Object.keys(set?.[field] ?? {}))
          if (word !== OTHER) this.#add(field, parseEntry(field, word));
      }
    }
  }

  /** The index of an entry that the rules name, as they wrote it. */
  index(field: MessageEntry['field'], word: string): number {
    return word === OTHER ? FieldIndex[field] : this.#fields(field)[parseEntry(field, word)];
  }

  #add(field: MessageEntry['field'], code: number): void {
    const fields = this.#fields(field);
    if (fields[code] !== FieldIndex[field]) return;
    fields[code] = FIELD_NAMES.length + this.list.length;
    this.list.push({ field, code });
  }

  #fields(field: MessageEntry['field']): Uint16Array {
    return field === 'edns' ? this.optionFields : this.recordFields;
  }
}

function parseEntry(field: MessageEntry['field'], word: string): number {
  const code = field === 'edns' ? parseOption(word) : parseType(word);
  if (code === undefined) throw new Error('an entry that was not checked');
  return code;
}
