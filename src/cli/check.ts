/** `tapfilter check FILE`: says of a rules file what it does, and what in it is easily overlooked. */
import process from 'node:process';
import { Key, withoutKeyText } from '../anonymize/key.ts';
import { inColour, plain } from '../check/paint.ts';
import { checkRules, type Report } from '../check/report.ts';
import { renderJsonReport } from '../check/report-json.ts';
import { renderTextReport } from '../check/report-text.ts';
import { renderPath } from '../endpoints/end.ts';
import { KeyError } from '../errors.ts';
import type { RulesFile } from '../rules/schema.ts';
import { ExitStatus } from './exit-status.ts';
import { findRules } from './packaged-rules.ts';
import { print } from './print.ts';
import { type KeyOptions, readKeyOfFile, readRulesFile } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface CheckArguments extends KeyOptions {
  readonly file?: string;
  readonly json: boolean;
  readonly strict: boolean;
  readonly schema: boolean;
}

/** The widest text, and the narrowest terminal that it is fitted to, in columns. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 60;

/** Runs the command; resolves to the exit status. Throws UsageError, or KeyError where the key of the command line cannot be used. */
export async function checkCommand(args: CheckArguments): Promise<number> {
  if (args.schema) return printSchema(args);
  if (args.file === undefined) throw new UsageError('a rules file is needed: give its name, or - for standard input.');
  const isStandardInput = args.file === '-';
  const name = isStandardInput ? 'standard input' : args.file;
  const place = isStandardInput ? { path: '/dev/stdin', folder: '.' } : await findRules(args.file);
  const rules = await readRulesFile(place.path, args, name);
  if (rules === undefined) return ExitStatus.usage;
  const { file, given } = rules;
  const report = given === undefined ? await checkWithOwnKey(file, place.folder) : checkRules(file, given);
  await print([render(report, renderPath(name), args)]);
  return args.strict && report.warnings.length > 0 ? ExitStatus.usage : ExitStatus.done;
}

/** The rules may be checked where their key is not, nor should be: that is told, and is no error of theirs. */
async function checkWithOwnKey(file: RulesFile, folder: string): Promise<Report> {
  try {
    return checkRules(file, await readKeyOfFile(file, folder));
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    process.stderr.write(
      `tapfilter: these rules can be checked here, but not used: ${withoutKeyText(error.message)}\n`,
    );
    return checkRules(file, Key.generate());
  }
}

function render(report: Report, name: string, { json }: CheckArguments): string {
  if (json) return renderJsonReport(report, name);
  const { isTTY, columns } = process.stdout;
  const width = isTTY ? Math.max(MIN_WIDTH, Math.min(columns || MAX_WIDTH, MAX_WIDTH)) : MAX_WIDTH;
  return renderTextReport(report, name, width, isTTY && wantsColour(process.env) ? inColour : plain);
}

/** https://no-color.org, and terminals that say they have none. */
function wantsColour({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

async function printSchema({ file }: CheckArguments): Promise<number> {
  if (file !== undefined) throw new UsageError('--schema takes no file: it prints the JSON Schema of all rules files.');
  const { renderJsonSchema } = await import('../rules/json-schema.ts');
  await print([renderJsonSchema()]);
  return ExitStatus.done;
}
