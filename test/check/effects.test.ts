import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { type Cell, effectsOf, type Outcome, type TypeEffects } from '../../src/check/effects.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { type Conditions, type PlainRules, SETTABLE_FIELDS, type SettableField } from '../reference/rules.ts';
import { arbitraryRules } from '../support/random-frames.ts';
import { allRules } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';
import { disagreements, type Filtered, filtered, unshown } from './agreement.ts';
import { probeFrames } from './probe-frames.ts';

function tableOf(rules: PlainRules): TypeEffects[] {
  return effectsOf(compileRules(rulesFileSchema.parse(rules), Key.parse(someKey)));
}

interface Tried {
  effects: TypeEffects;
  frames: Filtered[];
}

const triedBefore = new Map<PlainRules, Tried[]>();

/** The table, each type with frames that went through the filter; the same for the same rules. */
function triedOnce(rules: PlainRules): Tried[] {
  const table = triedBefore.get(rules) ?? tried(rules);
  triedBefore.set(rules, table);
  return table;
}

function tried(rules: PlainRules): Tried[] {
  const table = tableOf(rules);
  const probes = table.map(({ mnemonic }) => probeFrames(rules, mnemonic));
  const frames = filtered(probes.flat(), rules);
  return table.map((effects, index) => ({ effects, frames: frames.splice(0, probes[index].length) }));
}

/** Rules by which more can differ than by those that are tried everywhere. */
const deepRules: Record<string, PlainRules> = {
  'rules over rules': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true, rotate: 'day' },
    rules: [
      { match: { socket_protocol: 'TCP' }, set: { query_time: 'remove', client_address: 'hmac' } },
      { match: { identity: 'ns1.example.com' }, set: { query_time: { truncate: '1h' }, client_address: 'truncate' } },
      { match: { socket_family: 'INET6' }, set: { query_time: 'keep', client_address: 'keep' } },
      { match: { type: 'RR' }, set: { query_time: { truncate: '1m' } } },
      { match: { type: 'auth', server_address: '198.51.100.0/24' }, action: 'drop' },
      { match: { type: 'auth' }, set: { server_address: 'remove' } },
      { match: { type: 'update', socket_protocol: 'TCP' }, action: 'drop' },
      { match: { type: 'update' }, action: 'drop' },
      { match: { type: 'UR' }, set: { server_address: 'remove' } },
    ],
  },
  'clients where there are none': {
    version: 1,
    default: 'keep',
    rules: [
      { match: { client_address: ['192.0.2.0/24', '2001:db8::/32'] }, set: { query_port: 'remove' } },
      { unless: { client_address: '192.0.2.0/24' }, set: { response_port: 'remove' } },
      { match: [{ client_address: '192.0.2.0/24' }, { type: 'RQ' }], set: { http_protocol: 'remove' } },
    ],
  },
  'what DNS messages say': {
    version: 1,
    default: 'keep',
    rules: [
      { match: { qname: ['*.corp.example', 'corp.example'] } as Conditions, set: { query_time: { truncate: '1h' } } },
      { match: { rcode: 'NXDOMAIN' } as Conditions, set: { query_time: { truncate: '1m' }, query_port: 'remove' } },
      { unless: { opcode: 'QUERY' } as Conditions, set: { query_time: { truncate: '1h' }, query_port: 'keep' } },
      { match: { qtype: 'AXFR', type: 'auth' } as Conditions, action: 'drop' },
    ],
  },
  'nothing left of some': {
    version: 1,
    default: 'remove',
    rules: [
      { match: { type: 'client' }, set: { response_port: 'keep' } },
      { match: { type: 'tool', socket_protocol: 'TCP' }, set: { response_port: 'keep' } },
    ],
  },
};

const rulesToTry = [...allRules, ...Object.entries(deepRules).map(([name, rules]) => ({ name, rules }))];

describe('what the table says is what is done to frames, and what depends is shown on both its sides:', () => {
  test.each(rulesToTry)('$name', ({ rules }) => {
    const table = triedOnce(rules);
    expect(table.map(({ effects }) => effects.mnemonic)).toHaveLength(14);
    for (const { effects, frames } of table) {
      expect([...new Set(disagreements(effects, frames, rules))], effects.mnemonic).toEqual([]);
      expect(unshown(effects, frames), effects.mnemonic).toEqual([]);
    }
  });

  test('any rules', () => {
    fc.assert(
      fc.property(arbitraryRules, (rules) => {
        for (const { effects, frames } of tried(rules)) {
          expect([...new Set(disagreements(effects, frames, rules))], effects.mnemonic).toEqual([]);
        }
      }),
      { numRuns: process.env.CI ? 20 : 10 },
    );
  });
});

const PRESENCE: readonly Outcome[] = [{ effect: 'in clear' }, { effect: 'removed' }];
const ADDRESS: readonly Outcome[] = [
  ...PRESENCE,
  { effect: 'truncate', ipv4: 24, ipv6: 48 },
  { effect: 'truncate', ipv4: 23, ipv6: 48 },
  { effect: 'truncate', ipv4: 24, ipv6: 47 },
  { effect: 'crypto-pan' },
  { effect: 'ipcrypt-pfx' },
  { effect: 'hmac' },
  { effect: 'hmac', rotate: 'day' },
  { effect: 'hmac', rotate: 'week' },
];
const TIME: readonly Outcome[] = [
  ...PRESENCE,
  ...(['1s', '1m', '1h', '1d'] as const).map((unit): Outcome => ({ effect: 'truncate', unit })),
];
const MESSAGE: readonly Outcome[] = [...PRESENCE, { effect: 'question' }];
const TEXT: readonly Outcome[] = [...PRESENCE, { effect: 'replaced', text: 'a' }, { effect: 'replaced', text: 'b' }];

/** By field everything that its cell could say. */
const OUTCOMES: Partial<Record<SettableField, readonly Outcome[]>> = {
  client_address: ADDRESS,
  server_address: ADDRESS,
  query_time: TIME,
  response_time: TIME,
  query_message: MESSAGE,
  response_message: MESSAGE,
  policy: [...PRESENCE, { effect: 'anonymous' }],
  identity: TEXT,
  version: TEXT,
  extra: TEXT,
};

/** Everything else that a cell could say in place of what it says. */
function wrongCells(name: SettableField, cell: Cell): Cell[] {
  const outcomes = OUTCOMES[name] ?? PRESENCE;
  const all: Cell[] = [...outcomes, { effect: 'dropped' }, { effect: 'absent' }];
  const others = all.filter((other) => JSON.stringify(other) !== JSON.stringify(cell));
  if (cell.effect !== 'depends') return others;
  const { exceptions, otherwise } = cell;
  const wrongOtherwise = outcomes
    .filter((outcome) => JSON.stringify(outcome) !== JSON.stringify(otherwise))
    .map((outcome): Cell => ({ ...cell, otherwise: outcome }));
  const withoutOne = exceptions.map((_, index): Cell => ({ ...cell, exceptions: exceptions.toSpliced(index, 1) }));
  return [...others, ...wrongOtherwise, ...withoutOne];
}

describe('a cell that says anything else is noticed:', () => {
  test.each(rulesToTry)('$name', ({ rules }) => {
    const unnoticed: string[] = [];
    for (const { effects, frames } of triedOnce(rules)) {
      for (const name of SETTABLE_FIELDS) {
        for (const cell of wrongCells(name, effects.cells[name])) {
          const wrong = { ...effects, cells: { ...effects.cells, [name]: cell } };
          if (disagreements(wrong, frames, rules).next().done) {
            unnoticed.push(
              `${effects.mnemonic} ${name}: ${JSON.stringify(cell)} for ${JSON.stringify(effects.cells[name])}`,
            );
          }
        }
      }
    }
    expect(unnoticed).toEqual([]);
  });
});
