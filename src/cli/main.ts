#!/usr/bin/env node
/**
 * The first thing that runs, before anything else is loaded. Node opens its inspector at SIGUSR1, where whoever can reach it reads key and
 * clients out of memory: the signal is taken, and an inspector that is open already is closed. Then a Node that is too old is refused.
 */
import inspector from 'node:inspector';
import process from 'node:process';

process.on('SIGUSR1', () => {});
if (inspector.url() !== undefined) inspector.close();

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`tapfilter needs Node 20.19 or later; this is Node ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv.slice(2));
}
