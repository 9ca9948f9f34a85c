/**
 * The library: rules to a plan, a plan to a filter, frames through it.
 *
 *     const filter = new Filter(compileRules(parseRules(text), key));
 *     const out = new ByteBuffer(65_536);
 *     const capture = new CaptureReader((bytes, start, end) => filter.filterChunk(bytes, start, end, out));
 *     capture.push(chunk);
 */
export { Key } from './anonymize/key.ts';
export { EndpointError, KeyError, RulesError, type RulesIssue, StreamError, TapfilterError } from './errors.ts';
export { Counters } from './filter/counters.ts';
export { DEFAULT_MAX_OUTPUT_FRAME_LENGTH, Filter, type FilterOptions } from './filter/filter-chunk.ts';
export { CaptureReader, type FramesHandler } from './framestream/capture.ts';
export { ControlType, DNSTAP_CONTENT_TYPE, encodeControl } from './framestream/control.ts';
export { DEFAULT_MAX_FRAME_LENGTH, FrameReader, type FrameSink } from './framestream/reader.ts';
export { compileRules } from './rules/compile.ts';
export { parseRules } from './rules/parse.ts';
export type { Plan } from './rules/plan.ts';
export { renderRulesError } from './rules/render-error.ts';
export type { RulesFile } from './rules/schema.ts';
export { ByteBuffer } from './wire/byte-buffer.ts';
