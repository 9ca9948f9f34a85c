import { expect, test } from 'vitest';
import { Log } from '../../src/service/log.ts';

function logging(format: 'text' | 'json'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: new Log((line) => lines.push(line), format), lines };
}

test('a line for people has no more than is needed', () => {
  const { log, lines } = logging('text');
  log.tell('info', 'listening', 'listening on unix:/a', { port: 1 });
  log.tell('warning', 'dropping', 'frames are being dropped');
  expect(lines).toEqual(['tapfilter: listening on unix:/a\n', 'tapfilter: warning: frames are being dropped\n']);
});

test('a line for programs is one object on one line', () => {
  const { log, lines } = logging('json');
  log.tell('error', 'reload-refused', 'wrong:\nline 2', { frames: { received: 3 } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  expect(rest).toEqual({ level: 'error', event: 'reload-refused', message: 'wrong:\nline 2', frames: { received: 3 } });
  expect(new Date(time).toISOString()).toBe(time);
});

test('what happens again and again is told three times a minute, and counted', () => {
  const { log, lines } = logging('text');
  for (let index = 0; index < 8000; index++) log.tellRepeated('info', 'writer-refused', 'unix:/a', `closed, ${index}`);
  log.tellRepeated('info', 'writer-refused', 'unix:/b', 'another');
  expect(lines).toHaveLength(4);
  log.nextMinute();
  expect(lines.slice(4)).toEqual(['tapfilter: closed, 7999 (and 7,997 more of these)\n']);
  log.nextMinute();
  expect(lines).toHaveLength(5);
  log.tellRepeated('info', 'writer-refused', 'unix:/a', 'again');
  expect(lines.at(-1)).toBe('tapfilter: again\n');
});
