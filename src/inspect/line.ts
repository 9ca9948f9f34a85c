/**
 * A frame as one line, as dnstap-read of BIND 9.18 prints it:
 *
 *     23-Nov-2026 07:28:47.435 CQ 192.0.2.7:37084 -> 192.0.2.53:53 UDP 29b www.example/IN/A
 *
 * time (of the query in queries, of the response in responses), message type, who asks, which way, who answers, TCP or what is not TCP,
 * the length of the DNS message, its question. What dnstap-read prints nothing for is written in the same columns, with question
 * marks for what is not there or makes no sense; a code at the end says what is missing.
 */

import { renderClass, renderType } from '../dns/record-types.ts';
import type { FieldTable } from '../dnstap/field-table.ts';
import { MESSAGE_TYPES, MessageField, SocketProtocol } from '../dnstap/schema.ts';
import { renderAddress } from './address-text.ts';
import { LocalClock } from './clock.ts';
import type { FrameView } from './frame-view.ts';
import { MessageScan } from './message-scan.ts';
import { renderName } from './name-text.ts';
import type { FramePlace, FrameRenderer, UnreadableFrame } from './renderer.ts';

const NO_TIME = '????-??-?? ??:??:??.???';

/** The fields of one of the two messages that a frame may have. */
interface Side {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly message: number;
}

const QUERY: Side = {
  seconds: MessageField.queryTimeSec,
  nanoseconds: MessageField.queryTimeNsec,
  message: MessageField.queryMessage,
};
const RESPONSE: Side = {
  seconds: MessageField.responseTimeSec,
  nanoseconds: MessageField.responseTimeNsec,
  message: MessageField.responseMessage,
};

/** By the number of the message type: mnemonic, which way, and what is shown of the frame. */
const TYPES = new Map(
  MESSAGE_TYPES.map(({ number, mnemonic }) => {
    const isQuery = mnemonic.endsWith('Q');
    return [number as number, { mnemonic, arrow: isQuery ? '->' : '<-', side: isQuery ? QUERY : RESPONSE }];
  }),
);

/** Writes frames as lines, one after the other. */
export class LineRenderer implements FrameRenderer {
  readonly #clock = new LocalClock();
  readonly #scan = new MessageScan();

  render(view: FrameView): string {
    const { message } = view.frame;
    const known = message.has(MessageField.type) ? TYPES.get(view.uint32(message, MessageField.type)) : undefined;
    const { mnemonic, arrow, side } = known ?? unknownType(view);
    const gap = view.gap;
    return (
      `${this.#time(view, side)} ${mnemonic} ` +
      `${renderEnd(view, MessageField.queryAddress, MessageField.queryPort)} ${arrow} ` +
      `${renderEnd(view, MessageField.responseAddress, MessageField.responsePort)} ${renderProtocol(view)} ` +
      `${lengthOf(message, side.message)}b ${this.#question(view, side)}${gap === undefined ? '' : ` (${gap})`}\n`
    );
  }

  renderUnreadable({ code, length }: UnreadableFrame, { input, offset }: FramePlace): string {
    return `# frame of ${length} bytes at byte ${offset} of ${input}: ${code}\n`;
  }

  /** Like dnstap-read, of the seconds the low 32 bits, and nothing without nanoseconds or at the very beginning of 1970. */
  #time(view: FrameView, { seconds, nanoseconds }: Side): string {
    const { message } = view.frame;
    if (!message.has(seconds) || !message.has(nanoseconds)) return NO_TIME;
    const [whole, rest] = [view.uint32(message, seconds), view.fixed32(message, nanoseconds)];
    return whole === 0 && rest === 0 ? NO_TIME : this.#clock.render(whole, rest);
  }

  #question({ frame: { bytes, message } }: FrameView, side: Side): string {
    const start = message.value(side.message);
    const scan = this.#scan;
    if (!message.has(side.message) || !scan.scan(bytes, start, message.end(side.message))) return '?/?/?';
    if (scan.questionName < 0) return '?/?/?';
    return `${renderName(bytes, start, scan.questionName)}/${renderClass(scan.questionClass)}/${renderType(scan.questionType)}`;
  }
}

/** A message type that the schema does not have, or none: of such a frame is shown what there is. */
function unknownType(view: FrameView): { mnemonic: string; arrow: string; side: Side } {
  const { message } = view.frame;
  const number = view.enumNumber(message, MessageField.type, view.unknownOfMessage());
  const hasResponse = message.has(MessageField.responseMessage) || message.has(MessageField.responseTimeSec);
  return { mnemonic: `?${number ?? '?'}`, arrow: '--', side: hasResponse ? RESPONSE : QUERY };
}

/** Address and port; of an address that is none, its length. */
function renderEnd(view: FrameView, address: number, port: number): string {
  const { bytes, message } = view.frame;
  const addressLength = lengthOf(message, address);
  if (addressLength === 0) return '?';
  const text = renderAddress(bytes, message.value(address), message.end(address)) ?? `?(${addressLength}b)`;
  return `${text}:${message.has(port) ? view.uint32(message, port) : 0}`;
}

function renderProtocol(view: FrameView): string {
  const { message } = view.frame;
  const field = MessageField.socketProtocol;
  return message.has(field) && view.uint32(message, field) === SocketProtocol.TCP ? 'TCP' : 'UDP';
}

function lengthOf(table: FieldTable, field: number): number {
  return table.has(field) ? table.end(field) - table.value(field) : 0;
}
