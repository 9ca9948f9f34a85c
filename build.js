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
  tools: {
    input: { bench: 'bench/run.ts', 'bench-layers': 'bench/layers.ts', 'bench-relay': 'bench/relay.ts' },
    output: { dir: 'dist/tools', format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  },
};

const wanted = process.argv[2] ?? 'command';
const bundle = bundles[wanted];
if (bundle === undefined) throw new Error(`no bundle named ${wanted}: ${Object.keys(bundles).join(', ')}`);
await rm(bundle.output.dir, { recursive: true, force: true });
await build({ input: bundle.input, platform, output: bundle.output, logLevel: 'warn' });
if (wanted === 'command') await chmod('dist/tapfilter.js', 0o755);
