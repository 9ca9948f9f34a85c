import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LoopPauses } from '../../src/service/loop-pauses.ts';
import { Metrics } from '../../src/service/metrics.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';
import { NOTHING } from '../support/some-status.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = join(import.meta.dirname, '../../contrib');
const temporary = temporaryFolder();
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

test('the dashboard has a panel for each thing once, and none over another', () => {
  const { panels } = JSON.parse(readFileSync(join(folder, 'grafana/tapfilter.json'), 'utf8')) as {
    panels: {
      id: number;
      gridPos: { x: number; y: number; w: number; h: number };
      targets: { refId: string; expr: string }[];
    }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { targets } of panels) {
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { expr } of targets) expect(expr).toContain('{instance=~"$instance"}');
  }
});

test.runIf(hasPromtool)('Prometheus takes every question of the dashboard', async () => {
  const { panels } = JSON.parse(readFileSync(join(folder, 'grafana/tapfilter.json'), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const rules = panels
    .flatMap(({ targets }) => targets)
    .map(({ expr }, index) => ({ record: `question_${index}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
  expect(rules.length).toBeGreaterThan(20);
  const file = join(temporary, 'questions.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(await runProgram('promtool', ['check', 'rules', file])).toMatchObject({ status: 0 });
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
  for (const file of [`${rules}.test.yml`, join(folder, 'prometheus/tapfilter.key.test.yml')])
    expect(await runProgram('promtool', ['test', 'rules', file])).toMatchObject({ status: 0 });
});
