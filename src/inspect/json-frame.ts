/** A frame as a JSON object on one line, with the names of dnstap.proto. docs/read.md says what is where. */
import type { FieldTable } from '../dnstap/field-table.ts';
import { DnstapField, MessageField, PolicyField } from '../dnstap/schema.ts';
import { renderAddress } from './address-text.ts';
import { UtcClock } from './clock.ts';
import {
  dnstapTypeNames,
  type EnumNames,
  httpProtocolNames,
  messageTypeNames,
  policyActionNames,
  policyMatchNames,
  socketFamilyNames,
  socketProtocolNames,
} from './enum-names.ts';
import type { FrameView, UnknownField } from './frame-view.ts';
import { messageObject } from './json-message.ts';
import { base64Of, renderJson, textOf } from './json-text.ts';
import { renderName, scanLooseName } from './name-text.ts';
import type { FramePlace, FrameRenderer, UnreadableFrame } from './renderer.ts';

type JsonObject = Record<string, unknown>;

export interface JsonOptions {
  /** Whether the DNS messages, unknown fields and unreadable frames are given byte by byte too. Default: no. */
  base64?: boolean;
}

/** Writes frames as JSON objects, one after the other. */
export class JsonRenderer implements FrameRenderer {
  readonly #queryClock = new UtcClock();
  readonly #responseClock = new UtcClock();
  readonly #base64: boolean;

  constructor({ base64 = false }: JsonOptions = {}) {
    this.#base64 = base64;
  }

  render(view: FrameView, { input, offset }: FramePlace): string {
    const { dnstap, start, end } = view.frame;
    const gap = view.gap;
    const level = new JsonLevel(view, dnstap, view.unknownFields(dnstap, start, end));
    level.object.input = input;
    level.object.offset = offset;
    if (gap !== undefined) level.object.error = gap;
    level.enum('type', DnstapField.type, dnstapTypeNames);
    level.text('identity', DnstapField.identity);
    level.text('version', DnstapField.version);
    level.text('extra', DnstapField.extra);
    if (dnstap.has(DnstapField.message)) level.object.message = this.#message(view);
    level.unknown(this.#base64);
    return `${renderJson(level.object)}\n`;
  }

  renderUnreadable({ code, length, bytes }: UnreadableFrame, { input, offset }: FramePlace): string {
    const base64 = this.#base64 && bytes !== undefined ? { base64: base64Of(bytes) } : {};
    return `${renderJson({ input, offset, error: code, length, ...base64 })}\n`;
  }

  #message(view: FrameView): JsonObject {
    const { message } = view.frame;
    const level = new JsonLevel(view, message, view.unknownOfMessage());
    level.enum('type', MessageField.type, messageTypeNames);
    level.enum('socket_family', MessageField.socketFamily, socketFamilyNames);
    level.enum('socket_protocol', MessageField.socketProtocol, socketProtocolNames);
    level.address('query_address', MessageField.queryAddress);
    level.address('response_address', MessageField.responseAddress);
    level.number('query_port', MessageField.queryPort);
    level.number('response_port', MessageField.responsePort);
    level.time('query_time', MessageField.queryTimeSec, MessageField.queryTimeNsec, this.#queryClock);
    level.dnsMessage('query_message', MessageField.queryMessage, this.#base64);
    level.name('query_zone', MessageField.queryZone);
    level.time('response_time', MessageField.responseTimeSec, MessageField.responseTimeNsec, this.#responseClock);
    level.dnsMessage('response_message', MessageField.responseMessage, this.#base64);
    if (message.has(MessageField.policy)) level.object.policy = this.#policy(view);
    level.enum('http_protocol', MessageField.httpProtocol, httpProtocolNames);
    level.unknown(this.#base64);
    return level.object;
  }

  #policy(view: FrameView): JsonObject {
    const { policy } = view.frame;
    const level = new JsonLevel(view, policy, view.unknownOfPolicy());
    level.text('type', PolicyField.type);
    // The name of the rule (dnstap.proto).
    if (level.object.type === 'RPZ') level.name('rule', PolicyField.rule);
    else level.text('rule', PolicyField.rule);
    level.enum('action', PolicyField.action, policyActionNames);
    level.enum('match', PolicyField.match, policyMatchNames);
    const { match } = level.object;
    if (match === 'QNAME' || match === 'NS_NAME') level.name('value', PolicyField.value);
    else if (match === undefined || typeof match === 'number') level.bytes('value', PolicyField.value, () => undefined);
    else level.address('value', PolicyField.value);
    level.unknown(this.#base64);
    return level.object;
  }
}

/** One message of the frame, field by field. What its text would lose is given as base64, under a key that says so. */
class JsonLevel {
  readonly object: JsonObject = {};
  readonly #view: FrameView;
  readonly #table: FieldTable;
  readonly #unknown: readonly UnknownField[];

  constructor(view: FrameView, table: FieldTable, unknown: readonly UnknownField[]) {
    this.#view = view;
    this.#table = table;
    this.#unknown = unknown;
  }

  enum(key: string, field: number, names: EnumNames): void {
    const number = this.#view.enumNumber(this.#table, field, this.#unknown);
    if (number !== undefined) this.object[key] = names.get(number) ?? number;
  }

  number(key: string, field: number): void {
    if (this.#table.has(field)) this.object[key] = this.#view.uint32(this.#table, field);
  }

  bytes(
    key: string,
    field: number,
    render: (bytes: Uint8Array, start: number, end: number) => string | undefined,
  ): void {
    if (!this.#table.has(field)) return;
    const { bytes } = this.#view.frame;
    const [start, end] = [this.#table.value(field), this.#table.end(field)];
    const text = render(bytes, start, end);
    if (text === undefined) this.object[`${key}_base64`] = base64Of(bytes.subarray(start, end));
    else this.object[key] = text;
  }

  text(key: string, field: number): void {
    this.bytes(key, field, (bytes, start, end) => textOf(bytes.subarray(start, end)));
  }

  address(key: string, field: number): void {
    this.bytes(key, field, renderAddress);
  }

  /** A name in wire format, without compression, and nothing behind it. */
  name(key: string, field: number): void {
    this.bytes(key, field, (bytes, start, end) =>
      scanLooseName(bytes, start, start, end) === end ? renderName(bytes, start, start) : undefined,
    );
  }

  /** A time that RFC 3339 does not have is given by its numbers; that of 64 bits as text, as protobuf does in JSON. */
  time(key: string, seconds: number, nanoseconds: number, clock: UtcClock): void {
    const sec = this.#table.has(seconds) ? this.#view.uint64(this.#table, seconds) : undefined;
    const nsec = this.#table.has(nanoseconds) ? this.#view.fixed32(this.#table, nanoseconds) : undefined;
    const time = sec === undefined ? undefined : clock.render(Number(sec), nsec);
    if (time !== undefined) this.object[key] = time;
    else {
      if (sec !== undefined) this.object[`${key}_sec`] = String(sec);
      if (nsec !== undefined) this.object[`${key}_nsec`] = nsec;
    }
  }

  dnsMessage(key: string, field: number, hasBase64: boolean): void {
    if (!this.#table.has(field)) return;
    const { bytes } = this.#view.frame;
    const [start, end] = [this.#table.value(field), this.#table.end(field)];
    this.object[key] = messageObject(bytes, start, end);
    if (hasBase64) this.object[`${key}_base64`] = base64Of(bytes.subarray(start, end));
  }

  unknown(hasBase64: boolean): void {
    if (this.#unknown.length === 0) return;
    const fields = this.#unknown.map(({ start, end }) => this.#view.frame.bytes.subarray(start, end));
    const content = Buffer.concat(fields);
    this.object.unknown_fields = {
      count: fields.length,
      bytes: content.length,
      ...(hasBase64 && { base64: base64Of(content) }),
    };
  }
}
