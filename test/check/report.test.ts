import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import type { Cell, RowName } from '../../src/check/effects.ts';
import { inColour, plain } from '../../src/check/paint.ts';
import { checkRules, type Report } from '../../src/check/report.ts';
import { renderJsonReport } from '../../src/check/report-json.ts';
import { renderTextReport } from '../../src/check/report-text.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import type { PlainRules } from '../reference/rules.ts';
import { MESSAGE_TYPES } from '../support/frames.ts';
import { arbitraryRules } from '../support/random-frames.ts';
import { runFilter } from '../support/run-filter.ts';
import { someKey, someRules } from '../support/some-rules.ts';
import { probeFrames } from './probe-frames.ts';

const WIDTH = 100;

function reportOf(rules: PlainRules): Report {
  return checkRules(rulesFileSchema.parse(rules), Key.parse(someKey));
}

function textOf(rules: PlainRules, width = WIDTH): string {
  return renderTextReport(reportOf(rules), 'share.yml', width, plain);
}

/** A file in which much depends on the frame, and which has most warnings. */
const much = `
version: 1
default: keep
key: { file: share.key, rotate: week, maps: one }
public: { addresses: [192.0.2.0/23, 10.0.0.0/8, 2001:db8::/32, 172.16.0.0/12, 192.168.0.0/16] }
rules:
  - { name: "no clients of the lab, which is in the network that nobody but the lab uses", match: { client_address: 198.51.100.0/24 }, action: drop }
  - { match: { type: client }, action: drop }
  - { match: { type: CQ }, action: drop }
  - name: a name that is as long as a name can be ${'and longer '.repeat(14)}
    match: { type: auth }
    set: { client_address: crypto-pan, query_time: { truncate: 1h }, policy: keep, version: { replace: site a } }
  - name: another one
    match: { type: auth, socket_protocol: [DOT, DOH] }
    set: { client_address: truncate, response_time: { truncate: 1m }, policy: anonymous, version: { replace: site b } }
  - { name: no names of ours, match: { qname: "*.corp.example" }, action: drop }
  - { match: { type: TQ, rcode: NXDOMAIN }, set: { query_port: remove } }
  - { match: { type: stub }, set: { client_address: { truncate: { ipv4: 32 } }, extra: keep, unknown: keep } }
`;

/** Every type is treated in another way than all others. */
const allDifferent: PlainRules = {
  version: 1,
  default: 'keep',
  key: { ephemeral: true, rotate: 'week' },
  rules: Object.keys(MESSAGE_TYPES).map((type, index) => ({
    match: { type },
    set: {
      ...(type !== 'RQ' && type !== 'RR' && { client_address: index % 2 === 0 ? 'ipcrypt-pfx' : 'truncate' }),
      server_address: { truncate: { ipv4: index, ipv6: 100 + index } },
    },
  })),
};

describe('a person reads', () => {
  test.each<[name: string, text: () => string]>([
    ['share', () => textOf(someRules.share)],
    ['nothing-hidden', () => textOf(someRules['keep what is known'])],
    ['nothing-left', () => textOf(someRules['remove all'])],
    ['much', () => renderTextReport(checkRules(parseRules(much), Key.parse(someKey)), 'share.yml', WIDTH, plain)],
    ['all-different', () => textOf(allDifferent)],
    ['narrow', () => textOf(someRules['one by one'], 60)],
    ['in-colour', () => renderTextReport(reportOf(someRules['odd lengths']), 'share.yml', WIDTH, inColour)],
  ])('%s', async (name, text) => {
    await expect(text()).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

test('a program reads', async () => {
  const report = checkRules(parseRules(much), Key.parse(someKey));
  await expect(renderJsonReport(report, 'share.yml')).toMatchFileSnapshot('golden/for-programs.txt');
});

test('colours add nothing but colours', () => {
  for (const rules of Object.values(someRules)) {
    const coloured = renderTextReport(reportOf(rules), 'share.yml', WIDTH, inColour);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(textOf(rules));
    expect(coloured).not.toBe(textOf(rules));
  }
});

/** By type and field what the table shows, with its numbers resolved. */
function readTable(text: string, names: readonly string[]): Record<string, Record<string, string>> {
  // Behind it come its numbers, and whole sentences.
  const lines = text.slice(0, text.search(/\n {2}[(A-Z]/)).split('\n');
  const notes = [...text.matchAll(/^ {2}\((\d+)\) (.*(?:\n {4,}\S.*)*)/gm)].map(([, , note]) =>
    note.replaceAll(/\n +/g, ' '),
  );
  const table: Record<string, Record<string, string>> = {};
  let columns: { start: number; types: string[] }[] = [];
  let isHead = false;
  for (const line of lines.slice(1)) {
    if (/^ {18,}[A-Z]{2}( |$)/.test(line)) {
      if (!isHead) columns = [];
      isHead = true;
      for (const match of line.matchAll(/\S+(?: \S+)*/g)) {
        const column = columns.find(({ start }) => start === match.index);
        if (column === undefined) columns.push({ start: match.index, types: match[0].split(' ') });
        else column.types.push(...match[0].split(' '));
      }
      continue;
    }
    isHead = false;
    const field = names.find((name) => line.startsWith(`  ${name} `));
    if (field === undefined) continue;
    for (const [index, { start, types }] of columns.entries()) {
      const cell = line.slice(start, columns[index + 1]?.start).trim();
      const shown = cell.replace(/^\S+ \((\d+)\)$/, (_, number) => notes[Number(number) - 1]);
      for (const type of types) table[type] = { ...table[type], [field]: shown };
    }
  }
  return table;
}

/** What a cell should show. */
function wordsFor(cell: Cell, ruleNames: readonly string[]): string {
  switch (cell.effect) {
    case 'absent':
      return '-';
    case 'replaced':
      return `replaced by "${cell.text.length > 60 ? `${cell.text.slice(0, 60)}...` : cell.text}"`;
    case 'truncate':
      return 'unit' in cell ? `truncate ${cell.unit}` : `truncate /${cell.ipv4} /${cell.ipv6}`;
    case 'labels':
      return `${cell.labels} ${cell.labels === 1 ? 'label' : 'labels'}`;
    case 'hash':
    case 'crypto-pan':
    case 'ipcrypt-pfx':
    case 'hmac':
      return cell.rotate === undefined ? cell.effect : `${cell.effect} by ${cell.rotate}`;
    case 'depends': {
      const parts: string[] = [];
      let last = '';
      for (const { rule, outcome } of cell.exceptions) {
        const name = ruleNames[rule];
        const title = /^rule \d+$/.test(name) ? name : `the rule "${name}"`;
        const words = wordsFor(outcome, ruleNames);
        parts.push(words === last ? `${parts.pop()} or ${title}` : `${words} where ${title}`);
        last = words;
      }
      const order = parts.length > 1 ? ' (of several the last one counts)' : '';
      return [wordsFor(cell.otherwise, ruleNames), ...parts.map((part) => `${part} applies`)].join('; ') + order;
    }
    default:
      return cell.effect;
  }
}

test('the table shows every cell of every type, in lines that fit', () => {
  fc.assert(
    fc.property(fc.oneof(arbitraryRules, fc.constant(allDifferent)), fc.constantFrom(60, 80, WIDTH), (rules, width) => {
      const report = reportOf(rules);
      const text = textOf(rules, width);
      // A word that is too long stays whole.
      expect(text.split('\n').filter((line) => line.length > width && !/\S{45}/.test(line))).toEqual([]);
      const shown = readTable(text, Object.keys(report.types[0].cells));
      expect(Object.keys(shown).sort()).toEqual(Object.keys(MESSAGE_TYPES).sort());
      for (const { mnemonic, cells } of report.types) {
        for (const name of Object.keys(cells) as RowName[]) {
          expect(shown[mnemonic]?.[name], `${mnemonic} ${name}`).toBe(wordsFor(cells[name], report.ruleNames));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('public addresses stay, and the report says so', () => {
  const rules: PlainRules = { version: 1, default: 'keep', rules: [{ set: { client_address: 'remove' } }] };
  const all: PlainRules = { ...rules, public: { addresses: ['0.0.0.0/0', '::/0'] } };
  const [frame] = probeFrames(rules, 'CQ');
  const lengths = [rules, all].map((one) => {
    const outcome = runFilter(frame.slice(), {
      ...one,
      rules: [{ set: { client_address: 'remove', unknown: 'keep' } }],
    });
    return 'written' in outcome ? outcome.written.length : 0;
  });
  expect(lengths[1]).toBeGreaterThan(lengths[0]);
  expect(reportOf(rules).hasPublicAddresses).toBe(false);
  expect(reportOf(all).hasPublicAddresses).toBe(true);
  expect(textOf(all)).toContain('Public addresses stay in clear');
  expect(textOf(rules)).not.toContain('Public addresses');
});
