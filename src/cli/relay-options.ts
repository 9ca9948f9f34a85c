/** The options of a relay on the command line. */
import { type Command, Option } from 'commander';
import { FULL_POLICIES } from '../relay/frame-queue.ts';
import { parseCount, parseDuration, parseSize } from './option-values.ts';

/** In bytes. The least is what several batches take; the most is a gigabyte. */
const MIN_QUEUE_LENGTH = 1_048_576;
const DEFAULT_QUEUE_LENGTH = 67_108_864;
const MAX_QUEUE_LENGTH = 1_073_741_824;

/** In bytes. Two files of the spool are the least. */
const MIN_SPOOL_SIZE = 16_777_216;
const DEFAULT_SPOOL_SIZE = 1_073_741_824;

/** Adds them to the command that filters. */
export function addRelayOptions(program: Command): void {
  program
    .optionsGroup('Options of a relay, where an end is a socket (docs/relay.md):')
    .addOption(
      new Option('--on-full <policy>', 'what to do when the output does not keep up')
        .choices(FULL_POLICIES)
        .default('drop-newest'),
    )
    .addOption(
      new Option('--queue <bytes>', 'how many bytes of frames may wait for the output')
        .argParser(parseSize(MAX_QUEUE_LENGTH, MIN_QUEUE_LENGTH))
        .default(DEFAULT_QUEUE_LENGTH),
    )
    .option('--spool <directory>', 'with --on-full spool: where frames wait while the output is away or slow')
    .addOption(
      new Option('--spool-size <bytes>', 'how many bytes of frames may wait there')
        .argParser(parseSize(undefined, MIN_SPOOL_SIZE))
        .default(DEFAULT_SPOOL_SIZE, '1G'),
    )
    .addOption(
      new Option('--spool-on-reload <policy>', 'what to do with them when SIGHUP brings other rules')
        .choices(['send', 'discard'])
        .default('send'),
    )
    .addOption(
      new Option('--max-connections <count>', 'how many writers may be connected to one input')
        .argParser(parseCount('connections', 1024))
        .default(64),
    )
    .addOption(
      new Option('--stop-timeout <seconds>', 'how long the end may take, with what is still waiting')
        .argParser(parseCount('seconds', 3600))
        .default(9),
    )
    .option('--metrics <address>', 'tell of frames, state and health over HTTP, as at 127.0.0.1:9532 (docs/metrics.md)')
    .addOption(new Option('--log <format>', 'how the log is written').choices(['text', 'json']).default('text'))
    .optionsGroup('Options of a relay whose output is files that follow each other:')
    .addOption(new Option('--rotate-size <bytes>', 'begin the next file before one is longer').argParser(parseSize()))
    .addOption(
      new Option('--rotate-frames <count>', 'begin the next file after so many frames').argParser(parseCount('frames')),
    )
    .addOption(
      new Option('--rotate-every <time>', 'begin the next file by the clock, as in 15m, 1h, 1d').argParser(
        parseDuration,
      ),
    )
    .option('--local-time', 'names and periods in local time, not in UTC', false)
    .addOption(
      new Option('--keep-files <count>', 'delete the oldest where there are more').argParser(parseCount('files')),
    )
    .addOption(new Option('--keep-age <time>', 'delete those that are older, as in 30d').argParser(parseDuration))
    .addOption(new Option('--keep-size <bytes>', 'delete the oldest where all take more').argParser(parseSize()))
    .option('--after-rotate <program>', 'run this with the path of each finished file');
}
