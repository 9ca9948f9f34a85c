/**
 * Every way to cut the bytes in two (an empty first or last part included, so that one whole piece is among them), and
 * then one byte at a time. The parts are copies: nothing behind them can be read by mistake.
 */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let cut = 0; cut <= bytes.length; cut++) yield [bytes.slice(0, cut), bytes.slice(cut)];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}
