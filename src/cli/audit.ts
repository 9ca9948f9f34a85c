/** `tapfilter audit CAPTURE`: says what identifying data a capture holds, and what is left in it of the original. */
import process from 'node:process';
import { parseEnd, renderPath } from '../endpoints/end.ts';
import { identifyInputs } from '../endpoints/identify.ts';
import { AuditSources } from './audit-sources.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';

/** The arguments as the command line gave them. */
export interface AuditArguments {
  readonly capture: string;
  readonly json: boolean;
  readonly show: boolean;
  readonly quiet: boolean;
  readonly maxFrame: number;
}

/** Runs the command; resolves to the exit status. Throws TapfilterError where a capture or the rules cannot be read. */
export async function auditCommand(args: AuditArguments): Promise<number> {
  await identifyInputs([parseEnd(args.capture)]);
  const progress = !args.quiet && process.stderr.isTTY ? new Progress(process.stderr) : undefined;
  const sources = new AuditSources(args.maxFrame, progress);
  // The filter, which is what is mostly run, starts without all this.
  const { audit, renderAudit } = await import('../audit/audit.ts');
  let text: string;
  try {
    const report = await audit(sources.open(args.capture));
    text = renderAudit(report, { name: renderPath(args.capture), json: args.json, shows: args.show });
  } finally {
    progress?.stop();
  }
  await print([text]);
  return sources.tell();
}
