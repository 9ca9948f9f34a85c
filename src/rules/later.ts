/**
 * Words of the language that this version of tapfilter does not carry out yet. A file that uses one is refused with a word of
 * its own, since the word is no mistake. The version that brings a word takes it from here.
 */

export const LATER_PUBLIC_KEYS: readonly string[] = ['names'];
export const LATER_CONDITIONS: readonly string[] = ['sample'];
export const LATER_FIELDS: readonly string[] = ['edns', 'records', 'names', 'reverse_names', 'message_id'];
