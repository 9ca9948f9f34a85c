import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Counters } from '../../src/filter/counters.ts';
import { Accounting } from '../../src/relay/accounting.ts';
import { type Batch, FrameQueue, type FullPolicy } from '../../src/relay/frame-queue.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';

const MEBIBYTE = 1_048_576;
const plan = compileRules(rulesFileSchema.parse({ version: 1, default: 'keep' }), undefined);

let accounting: Accounting;
let dropped: number;

beforeEach(() => {
  accounting = new Accounting(plan, new Counters(plan));
  dropped = 0;
  vi.useFakeTimers();
});

afterEach(() => vi.useRealTimers());

function createQueue(policy: FullPolicy = 'drop-newest'): FrameQueue {
  const queue = new FrameQueue(accounting, MEBIBYTE, policy);
  queue.onDrop = (frames) => {
    dropped += frames;
  };
  return queue;
}

/** Adds a frame of so many bytes, its length included. */
function add(queue: FrameQueue, length: number): void {
  queue.add((buffer) => {
    buffer.append(new Uint8Array(length), 0, length);
    return 1;
  });
}

function takeAll(queue: FrameQueue): Batch[] {
  const batches: Batch[] = [];
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) batches.push(batch);
  return batches;
}

describe('a queue', () => {
  test('that is cleared offers nobody what is dropped', () => {
    const queue = createQueue();
    let taken = 0;
    queue.onReady = () => {
      taken += takeAll(queue).length;
    };
    add(queue, 100);
    expect(queue.clear()).toBe(1);
    expect({ taken, isEmpty: queue.isEmpty, queued: accounting.queued }).toEqual({
      taken: 0,
      isEmpty: true,
      queued: 0,
    });
  });

  test('gives out a frame that comes alone after a tenth of a second', () => {
    const queue = createQueue();
    queue.onReady = vi.fn();
    add(queue, 100);
    expect(queue.take()).toBeUndefined();
    vi.advanceTimersByTime(100);
    expect(queue.onReady).toHaveBeenCalledTimes(1);
    expect(queue.take()?.frames).toBe(1);
  });

  test('that nobody takes from has no more memory than it is long, however slowly frames come', () => {
    const queue = createQueue();
    for (let count = 0; count < 5000; count++) {
      add(queue, 200);
      vi.advanceTimersByTime(200);
    }
    const batches = takeAll(queue);
    const memory = batches.reduce((sum, { buffer }) => sum + buffer.bytes.length, 0);
    // Each batch may have grown to twice its length, and the first was closed when nobody knew that it would wait.
    expect(memory).toBeLessThanOrEqual(2 * 5000 * 200 + 2 * 131_072);
    expect(batches.reduce((sum, { frames }) => sum + frames, 0)).toBe(5000);
    expect(accounting.queued).toBe(0);
  });

  test('gives out what has waited long enough as soon as what came before was taken', () => {
    const queue = createQueue();
    add(queue, 100);
    vi.advanceTimersByTime(100);
    add(queue, 100);
    vi.advanceTimersByTime(99);
    expect(takeAll(queue)).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(takeAll(queue)).toHaveLength(1);
    add(queue, 100);
    vi.advanceTimersByTime(100);
    add(queue, 100);
    vi.advanceTimersByTime(100);
    expect(takeAll(queue)).toHaveLength(2);
  });

  test.each(['drop-newest', 'drop-oldest'] as const)(
    'that is full drops by %s, and every frame is counted once',
    (policy) => {
      const queue = createQueue(policy);
      for (let count = 0; count < 3000; count++) {
        add(queue, 1000);
        if (count % 10 === 0) vi.advanceTimersByTime(100);
      }
      expect(dropped).toBeGreaterThan(0);
      expect(accounting.dropped.queue).toBe(dropped);
      expect(accounting.queued + dropped).toBe(3000);
      expect(queue.length).toBe(accounting.queued * 1000);
      expect(queue.length).toBeLessThanOrEqual(MEBIBYTE);
      vi.advanceTimersByTime(100);
      const batches = takeAll(queue);
      for (const batch of batches) queue.done(batch);
      expect(batches.reduce((sum, { frames }) => sum + frames, 0) + dropped).toBe(3000);
      expect(queue.isEmpty).toBe(true);
    },
  );
});
