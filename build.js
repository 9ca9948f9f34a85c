// Builds what runs: the command bundled into a few files (unbundled imports cost more start-up than Node itself), and with
// `node build.js tools` the programs of bench/ and fixtures/, which Node 20 cannot run as TypeScript.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'rolldown';

const platform = 'node';

// Most of what looks at every frame is one chunk: what comes from another one the compiler cannot take for the function or the object that it
// is. Not in it is what even the help needs, which would load all of it, and what is called by its object, whose class tells.
const engine =
  /[\\/]src[\\/](?:dnstap|dns|clean|filter|anonymize[\\/](?:address|periods|rotating|truncate)\.|rules[\\/](?:plan|field|truth)\.|wire[\\/](?:field|varint|uint16|octet-hash)\.)/;

const bundles = {
  command: {
    input: { tapfilter: 'src/cli/main.ts', 'filter-worker': 'src/jobs/filter-worker.ts' },
    output: {
      dir: 'dist',
      format: 'esm',
      chunkFileNames: 'chunks/[name]-[hash].js',
      codeSplitting: { groups: [{ name: 'engine', test: engine }], includeDependenciesRecursively: false },
    },
    preserveEntrySignatures: 'allow-extension',
    // No module of ours is imported for what it does, so none has to be run before another that does not ask for it.
    treeshake: { moduleSideEffects: [{ test: /[\\/]src[\\/]/, sideEffects: false }] },
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
const chunks = await bundle(wanted);
if (wanted === 'command') {
  refuseCycle(chunks, 'engine');
  await chmod('dist/tapfilter.js', 0o755);
  // The manual page and the completions are made by the program whose options they tell of.
  await bundle('texts');
  const { writeTexts } = await import('./dist/texts/texts.js');
  await rm('dist/texts', { recursive: true });
  writeTexts('dist/share');
  await writeLicenses(chunks, 'dist/share/third-party-licenses.txt');
}

async function bundle(name) {
  const { output, ...input } = bundles[name] ?? {};
  if (output === undefined) throw new Error(`no bundle named ${name}: ${Object.keys(bundles).join(', ')}`);
  await rm(output.dir, { recursive: true, force: true });
  return (await build({ ...input, platform, output, logLevel: 'warn' })).output;
}

/** Chunks that import each other do not start, and only where the wrong one is loaded first: the chunk of that name must not be in a circle. */
function refuseCycle(chunks, name) {
  const chunk = chunks.find((chunk) => chunk.name === name);
  if (chunk === undefined) throw new Error(`no chunk is named ${name}`);
  const imports = new Set(chunk.imports);
  for (const path of imports) {
    if (path === chunk.fileName) throw new Error(`the chunk ${name} is imported by what it imports`);
    for (const further of chunks.find(({ fileName }) => fileName === path)?.imports ?? []) imports.add(further);
  }
}

/** The licenses of others' packages that are in the bundle, which ask for that. */
async function writeLicenses(chunks, path) {
  const folders = new Set();
  for (const { moduleIds = [] } of chunks) {
    for (const id of moduleIds) {
      const folder = /^.*[/]node_modules[/](?:@[^/]+[/])?[^/]+/.exec(id)?.[0];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const texts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    if (files.length === 0) throw new Error(`${name} has no license to tell of`);
    const parts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    texts.push(`${name} ${version} (${license})\n\n${parts.map((part) => part.trim()).join('\n\n')}\n`);
  }
  await writeFile(path, texts.join(`\n${'-'.repeat(72)}\n\n`));
}
