// Builds what runs: the command bundled into one file (unbundled imports cost more start-up than Node itself), and with
// `node build.js tools` the programs of bench/ and fixtures/, which Node 20 cannot run as TypeScript.
import { chmod, rm } from 'node:fs/promises';
import { build } from 'rolldown';

const platform = 'node';

const bundles = {
  command: {
    input: { tapfilter: 'src/cli/main.ts', 'filter-worker': 'src/jobs/filter-worker.ts' },
    output: { dir: 'dist', format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  },
  texts: {
    input: { texts: 'packaging/texts.ts' },
    output: { dir: 'dist/texts', format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  },
  tools: {
    input: { bench: 'bench/run.ts', 'bench-layers': 'bench/layers.ts', 'bench-relay': 'bench/relay.ts' },
    output: { dir: 'dist/tools', format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  },
};

const wanted = process.argv[2] ?? 'command';
await bundle(wanted);
if (wanted === 'command') {
  await chmod('dist/tapfilter.js', 0o755);
  // The manual page and the completions are made by the program whose options they tell of.
  await bundle('texts');
  const { writeTexts } = await import('./dist/texts/texts.js');
  await rm('dist/texts', { recursive: true });
  writeTexts('dist/share');
}

async function bundle(name) {
  const { input, output } = bundles[name] ?? {};
  if (output === undefined) throw new Error(`no bundle named ${name}: ${Object.keys(bundles).join(', ')}`);
  await rm(output.dir, { recursive: true, force: true });
  await build({ input, platform, output, logLevel: 'warn' });
}
