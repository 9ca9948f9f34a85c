import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LoopPauses } from '../../src/service/loop-pauses.ts';
import { Metrics } from '../../src/service/metrics.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';
import { NOTHING } from '../support/some-status.ts';

const folder = join(import.meta.dirname, '../../contrib');
const hasPromtool = !leavesOut('test/service/contrib.test.ts', { promtool: 'prometheus' });

const pauses = new LoopPauses();
const exported = await new Metrics(() => NOTHING, pauses, '1').render();
pauses.close();
const names = new Set([...exported.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));

test.each(['grafana/tapfilter.json', 'prometheus/tapfilter.rules.yml', '../docs/metrics.md'])(
  '%s names metrics that there are',
  (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const used = new Set(text.match(/\b(?:tapfilter|process|nodejs)_[a-z_]+\b/g));
    expect(used.size).toBeGreaterThan(8);
    expect([...used].filter((name) => !names.has(name))).toEqual([]);
  },
);

test('every metric of its own is documented, and on the dashboard', () => {
  const own = [...names].filter((name) => name?.startsWith('tapfilter_'));
  for (const file of ['../docs/metrics.md', 'grafana/tapfilter.json']) {
    const text = readFileSync(join(folder, file), 'utf8');
    const isLeftOut = (name: string | undefined) =>
      file.endsWith('.json') && /found|key_read|reloads|streams/.test(name ?? '');
    expect(own.filter((name) => !isLeftOut(name) && !text.includes(name ?? ''))).toEqual([]);
  }
});

test('rules have labels of their own up to a hundred, and long names are cut', async () => {
  const rules = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`${index} ${'x'.repeat(1000)}`, 1]));
  const pause = new LoopPauses();
  const text = await new Metrics(
    () => ({ ...NOTHING, dropped: { reasons: {}, rules, codes: {} } }),
    pause,
    '1',
  ).render();
  pause.close();
  const labels = [...text.matchAll(/^tapfilter_frames_dropped_by_rule_total\{rule="([^"]*)"\} (\d+)$/gm)];
  expect(labels.length).toBe(101);
  expect(Math.max(...labels.map(([, label = '']) => label.length))).toBe(64);
  expect(labels.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(20_000);
});

test.runIf(hasPromtool)('promtool takes the alerts, and they do what they say', async () => {
  const rules = join(folder, 'prometheus/tapfilter.rules');
  expect(await runProgram('promtool', ['check', 'rules', `${rules}.yml`])).toMatchObject({ status: 0 });
  expect(await runProgram('promtool', ['test', 'rules', `${rules}.test.yml`])).toMatchObject({ status: 0 });
});
