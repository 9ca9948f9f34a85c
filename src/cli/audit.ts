/** `tapfilter audit CAPTURE`: says what identifying data a capture holds, and what is left in it of the original. */
import process from 'node:process';
import type { AuditReport } from '../audit/audit.ts';
import { parseEnd, renderPath } from '../endpoints/end.ts';
import { identifyInputs } from '../endpoints/identify.ts';
import type { RulesFile } from '../rules/schema.ts';
import { AuditSources } from './audit-sources.ts';
import { ExitStatus } from './exit-status.ts';
import { findRules } from './packaged-rules.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { readRulesFile } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface AuditArguments {
  readonly capture: string;
  readonly original?: string;
  readonly rules?: string;
  readonly json: boolean;
  readonly show: boolean;
  readonly quiet: boolean;
  readonly maxFrame: number;
}

/** Runs the command; resolves to the exit status. Throws TapfilterError where a capture or the rules cannot be read. */
export async function auditCommand(args: AuditArguments): Promise<number> {
  const { capture, original } = args;
  if (args.rules !== undefined && original === undefined) {
    throw new UsageError('--rules says what of the original is to be hidden: name it with --original.');
  }
  const ends = [capture, ...(original === undefined ? [] : [original])].map(parseEnd);
  const files = await identifyInputs(ends);
  if (original !== undefined && files.length < ends.length) {
    throw new UsageError('with --original both captures are read twice: they must be files, not pipes.');
  }
  const rules = args.rules === undefined ? undefined : await readRulesText(args.rules);
  if (args.rules !== undefined && rules === undefined) return ExitStatus.usage;
  const progress = !args.quiet && process.stderr.isTTY ? new Progress(process.stderr) : undefined;
  const sources = new AuditSources(args.maxFrame, progress);
  // The filter, which is what is mostly run, starts without all this.
  const { audit, renderAudit } = await import('../audit/audit.ts');
  let report: AuditReport;
  try {
    report = await audit(sources.open(capture), {
      ...(original !== undefined && { original: sources.open(original) }),
      ...(rules && { rules }),
    });
  } finally {
    progress?.stop();
  }
  const { json, show: shows } = args;
  await print([
    renderAudit(report, {
      name: renderPath(capture),
      original: original === undefined ? undefined : renderPath(original),
      json,
      shows,
    }),
  ]);
  const status = sources.tell();
  return (report.remains?.findings.length ?? 0) > 0 ? ExitStatus.found : status;
}

/** The rules, and not their key: an audit needs none. Undefined where they are wrong, which is then told. */
async function readRulesText(path: string): Promise<RulesFile | undefined> {
  const place = await findRules(path);
  // The filter may have had its key from the command line: rules that name none are right.
  return (await readRulesFile(place.path, { ephemeralKey: true }, path))?.file;
}
