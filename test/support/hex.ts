/** Bytes as people write them in tests. */

/**
 * Bytes from hex digits; white space between them means nothing, and `#` begins a comment that ends with its line.
 * A value put in is bytes, or text that is read as the rest is.
 */
export function hex(parts: TemplateStringsArray, ...values: (Uint8Array | string)[]): Uint8Array {
  const texts = values.map((value) => (typeof value === 'string' ? value : renderHex(value)));
  const digits = String.raw({ raw: parts.raw }, ...texts)
    .replaceAll(/#.*/g, '')
    .replaceAll(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error('hex: not a whole number of bytes in hex digits');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** The bytes as hex, two digits each with a space between: what `hex` reads. */
export function renderHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
