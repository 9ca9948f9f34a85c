/** The values of the schema's enums by name. */
import { MESSAGE_TYPES, SocketFamily, SocketProtocol } from '../dnstap/schema.ts';

/** Names by number. */
export type EnumNames = ReadonlyMap<number, string>;

export const dnstapTypeNames: EnumNames = new Map([[1, 'MESSAGE']]);
export const messageTypeNames: EnumNames = new Map(MESSAGE_TYPES.map(({ number, name }) => [number, name]));
export const socketFamilyNames: EnumNames = byNumber(SocketFamily);
export const socketProtocolNames: EnumNames = byNumber(SocketProtocol);
export const httpProtocolNames: EnumNames = byNumber({ HTTP1: 1, HTTP2: 2, HTTP3: 3 });
export const policyActionNames: EnumNames = byNumber({
  ...{ NXDOMAIN: 1, NODATA: 2, PASS: 3, DROP: 4, TRUNCATE: 5, LOCAL_DATA: 6 },
});
export const policyMatchNames: EnumNames = byNumber({
  ...{ QNAME: 1, CLIENT_IP: 2, RESPONSE_IP: 3, NS_NAME: 4, NS_IP: 5 },
});

function byNumber(values: Readonly<Record<string, number>>): EnumNames {
  return new Map(Object.entries(values).map(([name, number]) => [number, name]));
}
