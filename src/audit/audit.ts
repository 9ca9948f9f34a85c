/** An audit: what is in a capture, and what is left in it of the original. */
import { Census, type CensusReport } from './census.ts';
import { censusObject } from './census-json.ts';
import { renderCensus } from './census-text.ts';
import { identify } from './identify.ts';

/** Gives the frames of a capture from the first one, each time it is called. */
export type FrameSource = () => AsyncIterable<readonly Uint8Array[]>;

/** What an audit found. */
export interface AuditReport {
  readonly census: CensusReport;
}

/** Looks at a capture. */
export async function audit(capture: FrameSource): Promise<AuditReport> {
  const census = new Census();
  for await (const frames of capture()) for (const frame of frames) census.add(identify(frame));
  return { census: census.report() };
}

export interface RenderOptions {
  /** What the capture is called. */
  readonly name: string;
  readonly json: boolean;
  /** Whether values of the capture are shown. */
  readonly shows: boolean;
}

/** The report as text or as one JSON object. */
export function renderAudit({ census }: AuditReport, { name, json, shows }: RenderOptions): string {
  if (json) return `${JSON.stringify({ capture: name, ...censusObject(census, shows) })}\n`;
  return renderCensus(census, name, shows);
}
