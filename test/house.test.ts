import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** The map of the house: each room, what it may import of the others, and which packages and parts of Node are at home in it. */
const ROOMS: Record<string, { knows: string[]; packages: string[] }> = {
  'errors.ts': { knows: [], packages: [] },
  wire: { knows: ['errors.ts'], packages: [] },
  framestream: { knows: ['errors.ts', 'wire'], packages: [] },
  dnstap: { knows: ['errors.ts', 'wire'], packages: [] },
  dns: { knows: ['errors.ts', 'wire'], packages: [] },
  anonymize: {
    knows: ['errors.ts', 'wire'],
    packages: ['node:crypto', '@noble/hashes/hmac.js', '@noble/hashes/sha2.js', 'tldts'],
  },
  rules: {
    knows: ['errors.ts', 'wire', 'dnstap', 'dns', 'anonymize'],
    packages: ['yaml', 'zod', 'ipaddr.js'],
  },
  clean: { knows: ['errors.ts', 'wire', 'dns', 'anonymize', 'rules'], packages: [] },
  filter: { knows: ['errors.ts', 'wire', 'framestream', 'dnstap', 'dns', 'anonymize', 'rules', 'clean'], packages: [] },
  check: { knows: ['dnstap', 'dns', 'anonymize', 'rules', 'wire'], packages: [] },
  endpoints: {
    knows: ['errors.ts', 'wire', 'framestream', 'dnstap'],
    packages: [
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:net',
      'node:path',
      'node:stream',
      'node:tls',
      'node:tty',
      'node:util',
      'node:zlib',
    ],
  },
  keys: { knows: ['errors.ts', 'anonymize', 'endpoints'], packages: ['node:fs/promises', 'node:path'] },
  inspect: { knows: ['errors.ts', 'wire', 'dnstap', 'dns'], packages: ['dns-packet', 'node:buffer'] },
  // A second opinion: it shares nothing with the rooms that filter.
  audit: { knows: ['errors.ts'], packages: ['protobufjs/light.js', 'tldts', 'node:net'] },
  jobs: {
    knows: ['errors.ts', 'wire', 'framestream', 'anonymize', 'rules', 'filter', 'endpoints', 'inspect'],
    packages: ['node:worker_threads'],
  },
  service: {
    knows: [],
    packages: ['node:child_process', 'node:crypto', 'node:http', 'node:net', 'node:perf_hooks', 'prom-client'],
  },
  rotation: {
    knows: ['errors.ts', 'framestream', 'endpoints', 'jobs', 'service'],
    packages: ['node:child_process', 'node:crypto', 'node:fs/promises', 'node:path'],
  },
  spool: {
    knows: ['errors.ts', 'endpoints', 'rotation', 'service'],
    packages: ['node:fs/promises', 'node:path'],
  },
  relay: {
    knows: [
      ...[
        'errors.ts',
        'wire',
        'framestream',
        'dnstap',
        'rules',
        'filter',
        'endpoints',
        'jobs',
        'rotation',
        'service',
        'spool',
      ],
    ],
    packages: ['node:net', 'node:path'],
  },
  'index.ts': { knows: ['errors.ts', 'wire', 'framestream', 'anonymize', 'rules', 'filter'], packages: [] },
  cli: {
    knows: [
      ...[
        'errors.ts',
        'framestream',
        'anonymize',
        'keys',
        'rules',
        'check',
        'filter',
        'endpoints',
        'inspect',
        'audit',
        'jobs',
      ],
      'relay',
      'rotation',
      'service',
      '../package.json',
    ],
    packages: [
      'commander',
      'cli-progress',
      'node:os',
      'node:process',
      'node:fs/promises',
      'node:inspector',
      'node:path',
      'node:readline',
      'node:url',
      'node:stream/promises',
    ],
  },
};

const SRC = resolve(import.meta.dirname, '../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function roomOf(file: string): string {
  const path = relative(SRC, file);
  return path.startsWith('..') ? path : (path.split('/')[0] ?? path);
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'([^'\n]+)'/g)].map(([, name]) => name as string);
}

test('every file stands in a room of the map', () => {
  expect([...new Set(files.map((file) => roomOf(join(SRC, file))))].sort()).toEqual(Object.keys(ROOMS).sort());
});

test.each(files)('%s imports only what its room may know', (file) => {
  const room = roomOf(join(SRC, file));
  const { knows, packages } = ROOMS[room] as (typeof ROOMS)[string];
  const strangers = importsOf(file).filter((name) => {
    if (!name.startsWith('.')) return !packages.includes(name);
    const other = roomOf(join(SRC, dirname(file), name));
    return other !== room && !knows.includes(other);
  });
  expect(strangers).toEqual([]);
});

test('only the command line touches the process', () => {
  const touching = files.filter((file) => {
    const text = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return !file.startsWith('cli/') && /\bprocess\./.test(text);
  });
  expect(touching).toEqual([]);
});
