/** The time by which a frame has its period. */
import type { FrameScan } from '../dnstap/scan.ts';
import { MessageField } from '../dnstap/schema.ts';
import { varintNumber } from '../wire/varint.ts';

/** The seconds of query_time or, where there are none, of response_time, as they stand in the frame now; NaN where there are neither. */
export function secondsOf({ bytes, message }: FrameScan): number {
  const field = message.has(MessageField.queryTimeSec) ? MessageField.queryTimeSec : MessageField.responseTimeSec;
  return message.has(field) ? varintNumber(bytes, message.value(field), message.end(field)) : Number.NaN;
}
