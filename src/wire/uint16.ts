/** Numbers of 16 bits, big-endian, as all of DNS has them. */

/** The number at `position`. */
export function read16(bytes: Uint8Array, position: number): number {
  return (bytes[position] << 8) | bytes[position + 1];
}

/** Writes the number at `position`. */
export function write16(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 8;
  bytes[position + 1] = value;
}
