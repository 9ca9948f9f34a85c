/** Hand-made frames with addresses and a time at the edge of a period, and with no time that could be used. */
import { concat, dnstapFrame, field, group, MESSAGE_TYPES, message } from './frames.ts';
import { ADDRESSES, canonicalFrame, frameOf, type HandmadeFrame, rebuiltFrame } from './handmade-frame.ts';

const FIRST_SECOND_OF_10000 = 253_402_300_800n;

function secondsOf(time: string): bigint {
  return BigInt(Date.parse(time) / 1000);
}

const TIMES: readonly (readonly [name: string, seconds: bigint])[] = [
  ['the first second of 1970', 0n],
  ['the last second of the first week', 345_599n],
  ['the first second of the second week', 345_600n],
  ['the last second of a day', secondsOf('2026-11-24T23:59:59Z')],
  ['the first second of a day', secondsOf('2026-11-25T00:00:00Z')],
  ['the last second of a week', secondsOf('2026-11-22T23:59:59Z')],
  ['the first second of a week', secondsOf('2026-11-23T00:00:00Z')],
  ['the last second of a year', secondsOf('2026-12-31T23:59:59Z')],
  ['a Sunday in a week of the year before', secondsOf('2027-01-03T23:59:59Z')],
  ['the first second of the first week of a year', secondsOf('2027-01-04T00:00:00Z')],
  ['a Monday in a week of the next year', secondsOf('2024-12-30T00:00:00Z')],
  ['29 February', secondsOf('2028-02-29T12:00:00Z')],
  ['more seconds than 32 bits hold', 2n ** 32n + 5n],
  ['the last second of the year 9999', FIRST_SECOND_OF_10000 - 1n],
  ['the first second of the year 10000', FIRST_SECOND_OF_10000],
  ['the seconds of 2^53', 2n ** 53n],
  ['all bits of the seconds set', 2n ** 64n - 1n],
];

const IPV4 = { socket_family: 1, query_address: ADDRESSES.ipv4, response_address: ADDRESSES.otherIpv4 };
const IPV6 = { socket_family: 2, query_address: ADDRESSES.ipv6, response_address: ADDRESSES.otherIpv6 };
const MONDAY = secondsOf('2026-11-23T00:00:00Z');
const SUNDAY = MONDAY - 1n;

const atTimes: HandmadeFrame[] = TIMES.flatMap(([name, seconds]) => [
  canonicalFrame(`addresses, queried at ${name}`, frameOf({ ...IPV4, query_time_sec: seconds })),
  canonicalFrame(`addresses, answered at ${name}`, frameOf({ ...IPV6, type: 6, response_time_sec: seconds })),
]);

const twoTimes: HandmadeFrame[] = [
  canonicalFrame(
    'addresses, queried in one week and answered in the next',
    frameOf({ ...IPV4, query_time_sec: SUNDAY, response_time_sec: MONDAY }),
  ),
  canonicalFrame(
    'addresses, answered in the week before they were queried',
    frameOf({ ...IPV4, query_time_sec: MONDAY, response_time_sec: SUNDAY }),
  ),
  canonicalFrame(
    'addresses, queried too late and answered in time',
    frameOf({ ...IPV4, query_time_sec: FIRST_SECOND_OF_10000, response_time_sec: MONDAY }),
  ),
  canonicalFrame(
    'addresses, queried in time and answered too late',
    frameOf({ ...IPV6, query_time_sec: MONDAY, response_time_sec: 2n ** 64n - 1n }),
  ),
  canonicalFrame(
    'a resolver query at the beginning of a week',
    frameOf({ ...IPV4, type: MESSAGE_TYPES.RQ, query_time_sec: MONDAY }),
  ),
  canonicalFrame(
    'IPv4-mapped addresses at the beginning of a week, under INET',
    frameOf({ socket_family: 1, query_address: ADDRESSES.mapped, query_time_sec: MONDAY }),
  ),
  canonicalFrame(
    'one address in both roles at the beginning of a week',
    frameOf({ query_address: ADDRESSES.ipv4, response_address: ADDRESSES.ipv4, query_time_sec: MONDAY }),
  ),
];

const noTime: HandmadeFrame[] = [
  canonicalFrame('addresses without a time', frameOf(IPV4)),
  canonicalFrame('addresses with nanoseconds alone', frameOf({ ...IPV4, query_time_nsec: 1, response_time_nsec: 2 })),
  canonicalFrame('addresses and nothing else', dnstapFrame({ message: message({ type: 5, ...IPV4 }) })),
  canonicalFrame(
    'addresses with a time of another wire type, and one that is none of ours',
    frameOf({ ...IPV4, query_time_sec: 'monday' }, concat(field(90, MONDAY), group(91, field(8, MONDAY)))),
  ),
  canonicalFrame(
    'addresses with a time of another wire type, answered on a Monday',
    frameOf({ ...IPV4, query_time_sec: 'monday', response_time_sec: MONDAY }),
  ),
];

const rebuilt: HandmadeFrame[] = [
  rebuiltFrame(
    'addresses, queried on a Sunday and again on a Monday',
    frameOf({ ...IPV4, query_time_sec: [SUNDAY, MONDAY] }),
  ),
  rebuiltFrame(
    'addresses, queried on a Monday and again too late',
    frameOf({ ...IPV4, query_time_sec: [MONDAY, FIRST_SECOND_OF_10000], response_time_sec: MONDAY }),
  ),
  rebuiltFrame(
    'addresses in one message and their time in the next',
    dnstapFrame({ message: [message({ type: 5, ...IPV4 }), message({ query_time_sec: MONDAY })] }),
  ),
];

/** Frames whose pseudonyms depend on when they were written. */
export const periodFrames: HandmadeFrame[] = [...atTimes, ...twoTimes, ...noTime, ...rebuilt];
