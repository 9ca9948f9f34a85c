#!/usr/bin/env node
/**
 * The first thing that runs, before anything else is loaded. Node opens its inspector at SIGUSR1, where whoever can reach it reads key and
 * clients out of memory: the signal is taken, and an inspector that is open is closed. Then a Node that is too old is refused.
 */
import inspector from 'node:inspector';
import process from 'node:process';

/** A signal that came while Node itself was starting opens the inspector a little later; in milliseconds. */
const LATER = [0, 10, 100, 1000];

function closeInspector(): void {
  if (inspector.url() !== undefined) inspector.close();
}

process.on('SIGUSR1', () => {});
closeInspector();
for (const delay of LATER) setTimeout(closeInspector, delay).unref();

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`tapfilter needs Node 20.19 or later; this is Node ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  const words = process.argv.slice(2);
  const isVersionAlone = words.length === 1 && ['--version', '-V'].includes(words[0] ?? '');
  const { run } = await (isVersionAlone ? import('./version.ts') : import('./program.ts'));
  process.exitCode = await run(words);
}
