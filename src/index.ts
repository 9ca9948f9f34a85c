/**
 * The library: rules to a plan, a plan to a filter, the frames of a capture through it.
 *
 *     const filter = new Filter(compileRules(parseRules(text)));
 *     const out = new ByteBuffer(65_536);
 *     const capture = new CaptureReader((bytes, start, end) => filter.filterChunk(bytes, start, end, out));
 *     // out: encodeControl(ControlType.start), then for each chunk
 *     capture.push(chunk);
 *     // and at the end, where StreamError tells of a cut capture
 *     capture.end();
 *     // out: encodeControl(ControlType.stop)
 *
 * Frames over the limit of the reader are counted by the capture (`oversizeFrames`), all others by `filter.counters`.
 */
export { Key } from './anonymize/key.ts';
export { EndpointError, KeyError, RulesError, type RulesIssue, StreamError, TapfilterError } from './errors.ts';
export { Counters } from './filter/counters.ts';
export { Filter, type FilterOptions } from './filter/filter-chunk.ts';
export { CaptureReader, type FramesHandler } from './framestream/capture.ts';
export { ControlType, DNSTAP_CONTENT_TYPE, encodeControl } from './framestream/control.ts';
export { DEFAULT_MAX_OUTPUT_FRAME_LENGTH } from './framestream/length.ts';
export { DEFAULT_MAX_FRAME_LENGTH, FrameReader, type FrameSink } from './framestream/reader.ts';
export { compileRules } from './rules/compile.ts';
export { parseRules } from './rules/parse.ts';
export type { Plan } from './rules/plan.ts';
export { renderRulesError } from './rules/render-error.ts';
export type { RulesFile } from './rules/schema.ts';
export { ByteBuffer } from './wire/byte-buffer.ts';
