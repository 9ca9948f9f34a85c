/** The length before a frame: 32 bits, big-endian, of what follows it; and how long readers let a frame be. */

/** How many bytes the length has. */
export const LENGTH_LENGTH = 4;

/** What fstrm_capture takes: its buffer of 262,144 bytes less the length. Libfstrm, Unbound and BIND take more, the Go tool 98,304. */
export const DEFAULT_MAX_OUTPUT_FRAME_LENGTH = 262_140;

/** The length at `position`. */
export function readLength(bytes: Uint8Array, position: number): number {
  return (
    ((bytes[position] << 24) | (bytes[position + 1] << 16) | (bytes[position + 2] << 8) | bytes[position + 3]) >>> 0
  );
}

/** Writes the length at `position`. */
export function writeLength(bytes: Uint8Array, position: number, length: number): void {
  bytes[position] = length >>> 24;
  bytes[position + 1] = length >>> 16;
  bytes[position + 2] = length >>> 8;
  bytes[position + 3] = length;
}
