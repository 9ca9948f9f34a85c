/** Audits in the same process, of frames that a test has at hand. */
import { type AuditReport, audit } from '../../src/audit/audit.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import type { PlainRules } from '../reference/rules.ts';

/** How many frames come at a time: batches have ends in the middle of things. */
const BATCH = 7;

async function* batches(frames: readonly Uint8Array[]): AsyncGenerator<readonly Uint8Array[]> {
  for (let start = 0; start < frames.length; start += BATCH) yield frames.slice(start, start + BATCH);
}

/** Looks at frames, beside those that they were filtered from. */
export function runAudit(
  frames: readonly Uint8Array[],
  original?: readonly Uint8Array[],
  rules?: PlainRules,
): Promise<AuditReport> {
  return audit(() => batches(frames), {
    ...(original && { original: () => batches(original) }),
    ...(rules && { rules: rulesFileSchema.parse(rules) }),
  });
}

/** What was found, as `kind reason` of each finding. */
export function findingsOf({ remains }: AuditReport): string[] {
  return (remains?.findings ?? []).map(({ kind, reason }) => `${kind} ${reason}`);
}
