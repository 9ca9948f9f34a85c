/**
 * Words of the language that this version of tapfilter does not carry out yet. A file that uses one is refused with a word of
 * its own, since the word is no mistake. The version that brings a word takes it from here.
 */

import type { FieldName } from './field.ts';

export const LATER_FILE_KEYS: readonly string[] = ['key'];
export const LATER_PUBLIC_KEYS: readonly string[] = ['names'];
export const LATER_CONDITIONS: readonly string[] = ['qname', 'qtype', 'opcode', 'rcode', 'sample'];
export const LATER_FIELDS: readonly string[] = ['edns', 'records', 'names', 'reverse_names', 'message_id'];
export const LATER_METHODS: Readonly<Partial<Record<FieldName, readonly string[]>>> = {
  client_address: ['crypto-pan', 'ipcrypt-pfx', 'hmac'],
  server_address: ['crypto-pan', 'ipcrypt-pfx', 'hmac'],
};
