/** One DNS message in a frame through the filter. */
import { Key } from '../../src/anonymize/key.ts';
import { Filter } from '../../src/filter/filter-chunk.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { dnstapFrame, MESSAGE_TYPES, message } from './frames.ts';
import { decodeWithProtobufjs } from './oracle.ts';
import { filterFrame, unframed } from './run-filter.ts';

/** The key of the sample trace of Crypto-PAn, as one that a file holds. */
export const sampleTraceKey = '1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202';

/** A frame around a message, and what its rules say. */
export interface Around {
  /** One rule for every frame. */
  set?: object;
  /** Whole rules, in place of `set`. */
  rules?: object[];
  default?: 'keep' | 'remove';
  public?: object;
  /** The section `key`, but for its source. */
  key?: object;
  type?: keyof typeof MESSAGE_TYPES;
  client?: Uint8Array;
  zone?: Uint8Array;
  /** In seconds; a frame has 1 where nothing is said. */
  time?: number | undefined;
}

/** What came out: the message and the zone, each undefined where it was removed, and the counters that are not 0. */
export interface Cleaned {
  message: Uint8Array | undefined;
  zone: Uint8Array | undefined;
  removals: object;
  changes: object;
}

/** Filters a frame with the message as `response_message`; undefined where no frame is written. */
export function clean(dnsMessage: Uint8Array, around: Around): Cleaned | undefined {
  const { set, rules = set === undefined ? undefined : [{ set }], type = 'CR', client, zone } = around;
  const time = 'time' in around ? around.time : 1;
  const file = rulesFileSchema.parse({
    version: 1,
    default: around.default ?? 'keep',
    key: { ephemeral: true, ...around.key },
    ...(around.public && { public: around.public }),
    ...(rules && { rules }),
  });
  const filter = new Filter(compileRules(file, Key.parse(Buffer.from(sampleTraceKey))));
  const values = {
    type: MESSAGE_TYPES[type],
    ...(client && { query_address: client }),
    query_port: 53,
    ...(time !== undefined && { query_time_sec: time }),
    ...(zone && { query_zone: zone }),
    response_message: dnsMessage,
  };
  const out = new ByteBuffer(16);
  filterFrame(filter, dnstapFrame({ type: 1, message: message(values) }), out);
  const [frame] = unframed(out.written());
  if (frame === undefined) return undefined;
  const decoded = decodeWithProtobufjs(frame).message;
  return {
    message: decoded?.response_message,
    zone: decoded?.query_zone,
    removals: filter.counters.removalsByCode(),
    changes: filter.counters.changes(),
  };
}
