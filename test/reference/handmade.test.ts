import { describe, expect, test } from 'vitest';
import { handmadeFrames } from '../support/handmade.ts';
import { renderHex } from '../support/hex.ts';
import { referenceCanonical } from './filter.ts';

describe('hand-made frames', () => {
  test('there are many, and each has a name of its own', () => {
    expect(handmadeFrames.length).toBeGreaterThan(150);
    expect(new Set(handmadeFrames.map(({ name }) => name)).size).toBe(handmadeFrames.length);
  });

  test('no two have the same bytes', () => {
    const nameByBytes = new Map<string, string>();
    const twice: string[][] = [];
    for (const { name, bytes } of handmadeFrames) {
      const first = nameByBytes.get(renderHex(bytes));
      if (first !== undefined) twice.push([first, name]);
      nameByBytes.set(renderHex(bytes), name);
    }
    expect(twice).toEqual([]);
  });

  test.each(handmadeFrames)('the reference takes for what it is: $name', ({ bytes, canonical, drop }) => {
    const result = referenceCanonical(bytes);
    if (drop !== undefined || typeof result === 'string') {
      expect(result).toBe(drop);
      return;
    }
    expect(renderHex(result) === renderHex(bytes)).toBe(canonical);
  });
});
