/** An audit: what is in a capture, and what is left in it of the original. Shares nothing with the filter but the reading of streams. */
import { Alignment } from './alignment.ts';
import { Census, type CensusReport } from './census.ts';
import { censusObject } from './census-json.ts';
import { renderCensus } from './census-text.ts';
import { claimsWithoutRules, RulesClaims } from './claims.ts';
import { Comparison } from './comparison.ts';
import { DroppedFrames } from './dropped-frames.ts';
import { identify } from './identify.ts';
import type { PlainRules } from './possible-methods.ts';
import { Remains, type RemainsReport } from './remains.ts';
import { remainsObject, renderRemains } from './remains-text.ts';
import { countTypes, Secrets } from './secrets.ts';

/** Gives the frames of a capture from the first one, each time it is called. */
export type FrameSource = () => AsyncIterable<readonly Uint8Array[]>;

/** What an audit found. */
export interface AuditReport {
  readonly census: CensusReport;
  /** What is left of the original, where there was one to compare with. */
  readonly remains?: RemainsReport;
}

/** What a capture is compared with. */
export interface AuditOptions {
  /** The capture that was filtered; read twice, and the filtered one too. */
  readonly original?: FrameSource;
  /** The rules that it was filtered by. Without them everything personal has to be another than it was. */
  readonly rules?: PlainRules;
}

/** Looks at a capture. */
export async function audit(capture: FrameSource, { original, rules }: AuditOptions = {}): Promise<AuditReport> {
  const census = new Census();
  if (original === undefined) {
    for await (const frames of capture()) for (const frame of frames) census.add(identify(frame));
    return { census: census.report() };
  }
  const claims = rules === undefined ? claimsWithoutRules : new RulesClaims(rules);
  const drops = rules && new DroppedFrames(rules);
  const secrets = new Secrets(claims, drops);
  for await (const frames of original()) for (const frame of frames) secrets.add(frame);
  const alignment = new Alignment(original(), secrets.framesOf, await countTypes(capture(), drops), drops);
  const remains = new Remains();
  const comparison = new Comparison(claims, drops, secrets, remains);
  let number = 0;
  for await (const frames of capture()) {
    for (const frame of frames) {
      const identified = identify(frame);
      census.add(identified);
      number++;
      comparison.compare(number, identified, await alignment.candidatesFor(identified));
    }
  }
  await alignment.finish();
  comparison.finish();
  remains.isPartial = secrets.values.isFull || secrets.words.isFull;
  return { census: census.report(), remains: remains.report() };
}

export interface RenderOptions {
  /** What the captures are called. */
  readonly name: string;
  readonly original?: string | undefined;
  readonly json: boolean;
  /** Whether values of the capture are shown. */
  readonly shows: boolean;
}

/** The report as text or as one JSON object. */
export function renderAudit(
  { census, remains }: AuditReport,
  { name, original = '', json, shows }: RenderOptions,
): string {
  if (json) {
    const object = {
      capture: name,
      ...censusObject(census, shows),
      ...(remains && { original: remainsObject(remains, original) }),
    };
    return `${JSON.stringify(object)}\n`;
  }
  const text = renderCensus(census, name, shows);
  return remains === undefined ? text : `${text}\n${renderRemains(remains, original)}`;
}
