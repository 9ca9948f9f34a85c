/** Bytes and objects as JSON that no terminal takes for orders. */
import { isUtf8 } from 'node:buffer';

/** Characters that show nothing, or something else than themselves; of the controls, white space is no surprise. */
const UNPRINTABLE = /[^\P{C}\t\n\r]|[\p{Zl}\p{Zp}]/u;

/** The bytes as text, where they are UTF-8 and all of it can be seen; undefined elsewhere. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return UNPRINTABLE.test(text) ? undefined : text;
}

/** The bytes in base64 (RFC 4648, 4). */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** The value as JSON on one line; characters that could steer a terminal are escaped. */
export function renderJson(value: unknown): string {
  const json = JSON.stringify(value);
  // JSON.stringify leaves those above ASCII as they are.
  return /[^\x20-\x7e]/.test(json) ? json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter) : json;
}

function escapeCharacter(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
