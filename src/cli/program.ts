/** The command line: its words, its help, and what an error ends in. What a command needs is loaded when it runs. */
import process from 'node:process';
import { Command, CommanderError, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { ADDRESS_MAPS, withoutKeyText } from '../anonymize/key.ts';
import { KEYED_METHODS } from '../anonymize/pseudonyms.ts';
import { EndNotationError } from '../endpoints/end.ts';
import { KeyError, TapfilterError } from '../errors.ts';
import { DEFAULT_MAX_OUTPUT_FRAME_LENGTH } from '../framestream/length.ts';
import { DEFAULT_MAX_FRAME_LENGTH, MAX_SKIPPED_FRAME_LENGTH } from '../framestream/reader.ts';
import type { AuditArguments } from './audit.ts';
import type { CheckArguments } from './check.ts';
import { ExitStatus } from './exit-status.ts';
import type { FilterArguments } from './filter.ts';
import type { MapArguments } from './map.ts';
import { parseCount, parseMode } from './option-values.ts';
import type { ReadArguments } from './read.ts';
import { addRelayOptions } from './relay-options.ts';
import { watchStandardStreams } from './standard-streams.ts';
import { UsageError } from './usage-error.ts';

/** The most threads that can be asked for. */
const MAX_JOBS = 64;

const EXAMPLES = `
Inputs and outputs:
  PATH, file:PATH       a file; gzip and zstd are recognized, an output that ends in .gz is compressed
  -                     standard input, standard output
  unix:PATH             a socket: an input listens, an output connects (docs/relay.md has the options)
  tcp:HOST:PORT, tls:HOST:PORT, systemd:[NAME]

Examples:
  tapfilter in.dnstap out.dnstap --rules share.yml
  tapfilter monday.dnstap tuesday.dnstap.gz -o week.dnstap --rules share.yml
  zcat in.dnstap.gz | tapfilter - - --rules share.yml | dnstap-read /dev/stdin
  tapfilter 'unix:/run/tapfilter/dnstap.sock?group=bind&mode=0660' unix:/run/capture/dnstap.sock --rules share.yml
  tapfilter read in.dnstap | head
  tapfilter rules share > mine.yml
  tapfilter check mine.yml
  tapfilter audit out.dnstap --original in.dnstap --rules share.yml
  tapfilter repair cut.dnstap
  tapfilter keygen share.key
  tapfilter map --rules share.yml --at 2026-11-23 192.0.2.7

Exit status:
  0  done
  1  failed; the message says what, and no half file is left
  2  wrong usage or wrong rules
  3  done, but some frames could not be read or written; what was written is complete and safe
  4  tapfilter audit has found what is to be hidden
`;

/** Runs the command with these arguments; resolves to the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  watchStandardStreams();
  let status: number = ExitStatus.done;
  const program = createProgram((ended) => {
    status = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return report(error);
  }
}

/** The command with its options, help and commands; `onEnd` is told the exit status of what was run. */
export function createProgram(onEnd: (status: number) => void): Command {
  const program = new Command('tapfilter')
    .description('A privacy filter for dnstap: applies rules to captures and writes captures that can be shared.')
    .usage('INPUT... OUTPUT --rules FILE')
    .argument('[captures...]', 'those to filter, and the last one to write')
    .option(
      '-r, --rules <file>',
      'the rules to apply: a file, or the name of one that comes with tapfilter (docs/rules.md)',
    )
    .option('-o, --output <output>', 'the output; then all others are inputs')
    .addOption(keyFileOption())
    .addOption(ephemeralKeyOption())
    .option('-f, --force', 'replace an output file that exists', false)
    .addOption(
      new Option('--mode <octal>', 'permissions of an output file').argParser(parseMode).default(0o600, '0600'),
    )
    .option('-q, --quiet', 'no summary and no progress; errors are told all the same', false)
    .addOption(new Option('--summary <format>', 'how the summary is written').choices(['text', 'json']).default('text'))
    .addOption(maxFrameOption())
    .addOption(
      new Option('--max-output-frame <bytes>', 'the longest frame that is written')
        .argParser(parseCount('bytes', MAX_SKIPPED_FRAME_LENGTH))
        .default(DEFAULT_MAX_OUTPUT_FRAME_LENGTH),
    )
    .addOption(
      new Option(
        '-j, --jobs <threads>',
        'how many threads filter; the output is the same (default: one, or for large captures one less than cores)',
      ).argParser(parseCount('threads', MAX_JOBS)),
    )
    .version(manifest.version)
    .addHelpText('after', EXAMPLES)
    .action(async (ends: string[], options: Omit<FilterArguments, 'ends'>) => {
      const { filterCommand } = await import('./filter.ts');
      onEnd(await filterCommand({ ends, ...options }));
    })
    // So that an option after the name of a command is that command's.
    .enablePositionalOptions();
  addRelayOptions(program);
  program
    .command('check')
    .description('say what a rules file does to each field, and what in it is easily overlooked')
    .argument('[file]', 'the rules file; - for standard input')
    .option('--json', 'one JSON object (docs/check.md)', false)
    .option('--strict', 'exit status 2 where there are warnings', false)
    .option('--schema', 'print the JSON Schema of rules files, for editors', false)
    .addOption(keyFileOption())
    .addOption(ephemeralKeyOption())
    .action(async (file: string | undefined, options: Omit<CheckArguments, 'file'>) => {
      const { checkCommand } = await import('./check.ts');
      onEnd(await checkCommand({ ...(file !== undefined && { file }), ...options }));
    });
  program
    .command('rules')
    .description('list the rules files that come with tapfilter, or print one to start from')
    .argument('[name]', 'which one')
    .action(async (name: string | undefined) => {
      const { rulesCommand } = await import('./rules.ts');
      onEnd(await rulesCommand(name));
    });
  program
    .command('keygen')
    .description('write a new key, which only you can read')
    .argument('<file>', 'where to; never an existing file')
    .action(async (file: string) => {
      const { keygenCommand } = await import('./keygen.ts');
      onEnd(await keygenCommand(file));
    });
  program
    .command('map')
    .description('show the pseudonyms of addresses under a key')
    .argument('[addresses...]', 'the addresses; without any, one a line from standard input')
    .option('-r, --rules <file>', 'rules that name the method and the key')
    .addOption(keyFileOption())
    .addOption(new Option('--method <method>', 'the method').choices(KEYED_METHODS))
    .addOption(new Option('--for <map>', 'whose addresses they are').choices(ADDRESS_MAPS).default('client'))
    .option('--at <time>', 'with a key that rotates: a time in the period')
    .option('--reverse', 'from pseudonyms back to addresses', false)
    .action(async (addresses: string[], options: Omit<MapArguments, 'addresses'>) => {
      const { mapCommand } = await import('./map.ts');
      onEnd(await mapCommand({ addresses, ...options }));
    });
  program
    .command('read')
    .description('print captures, one line a frame')
    .argument('<inputs...>', 'the captures to print')
    .option('--json', 'one JSON object a line (docs/read.md)', false)
    .option('--base64', 'with --json: the DNS messages also as they are', false)
    .addOption(new Option('--limit <frames>', 'print so many frames, and read no more').argParser(parseCount('frames')))
    .addOption(maxFrameOption())
    .action(async (inputs: string[], options: Omit<ReadArguments, 'inputs'>) => {
      const { readCommand } = await import('./read.ts');
      onEnd(await readCommand({ inputs, ...options }));
    });
  program
    .command('audit')
    .description('say what identifying data a capture holds, and what is left in it of the original')
    .argument('<capture>', 'the capture to look at')
    .option('--original <file>', 'the capture that it was filtered from: look for what is left of it')
    .option('-r, --rules <file>', 'the rules that it was filtered by: what they keep or declare public is no finding')
    .option('--json', 'one JSON object (docs/audit.md)', false)
    .option('--show', 'show values of the capture, and not only how many there are', false)
    .option('-q, --quiet', 'no progress', false)
    .addOption(maxFrameOption())
    .action(async (capture: string, options: Omit<AuditArguments, 'capture'>) => {
      const { auditCommand } = await import('./audit.ts');
      onEnd(await auditCommand({ capture, ...options }));
    });
  program
    .command('repair')
    .description('make cut captures whole, where they lie: a last frame that is cut goes, and STOP comes')
    .argument('<files...>', 'the captures')
    .action(async (files: string[]) => {
      const { repairCommand } = await import('./repair.ts');
      onEnd(await repairCommand(files));
    });
  for (const command of [program, ...program.commands]) {
    command
      .showHelpAfterError(`(${[...ancestorNames(command), '--help'].join(' ')} shows all there is)`)
      .configureOutput({ outputError: (text, write) => write(withoutKeyText(text.replace(/^error: /, 'tapfilter: '))) })
      .exitOverride();
  }
  return program;
}

function keyFileOption(): Option {
  return new Option('--key-file <file>', 'the key, instead of the one of the rules');
}

function ephemeralKeyOption(): Option {
  return new Option('--ephemeral-key', 'a new key for this run, gone after it; instead of the one of the rules');
}

function maxFrameOption(): Option {
  return new Option('--max-frame <bytes>', 'the longest frame that is read')
    .argParser(parseCount('bytes', MAX_SKIPPED_FRAME_LENGTH))
    .default(DEFAULT_MAX_FRAME_LENGTH);
}

function ancestorNames(command: Command): string[] {
  return command.parent === null ? [command.name()] : [...ancestorNames(command.parent), command.name()];
}

function report(error: unknown): number {
  // Commander has told what is wrong; help and version end here too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitStatus.done : ExitStatus.usage;
  if (!(error instanceof TapfilterError)) throw error;
  process.stderr.write(`tapfilter: ${withoutKeyText(error.message)}\n`);
  if (error instanceof UsageError || error instanceof EndNotationError) {
    process.stderr.write('(tapfilter --help shows all there is)\n');
    return ExitStatus.usage;
  }
  return error instanceof KeyError ? ExitStatus.usage : ExitStatus.failed;
}
