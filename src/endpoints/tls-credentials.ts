/** The certificates and keys that the options of a TLS socket name. */
import { readFile } from 'node:fs/promises';
import { type CommonConnectionOptions, createSecureContext, type SecureContextOptions } from 'node:tls';
import { EndpointError } from '../errors.ts';
import { renderPath } from './end.ts';
import { nameSocket, type TlsEnd } from './socket-end.ts';
import { explainSystemError } from './system-error.ts';

/** Of a file without any Node makes an authority that nobody comes from, and says nothing. */
const CERTIFICATE = /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m;

export type TlsCredentials = SecureContextOptions & Pick<CommonConnectionOptions, 'rejectUnauthorized'>;

/** What Node needs for a TLS socket: TLS 1.2 or later, and whoever shows a certificate must be whom it names. Throws EndpointError where a file cannot be used. */
export async function readTlsCredentials(end: TlsEnd): Promise<TlsCredentials> {
  const [cert, key, ca] = await Promise.all([end.cert, end.key, end.ca].map((path) => read(end, path)));
  if (ca !== undefined && !CERTIFICATE.test(ca.toString('latin1'))) {
    const what = `there is no certificate in ${renderPath(end.ca ?? '')}, which is to hold those of authorities, as PEM`;
    throw new EndpointError('SOCKET_UNUSABLE', `cannot use the certificates of ${nameSocket(end)}: ${what}.`);
  }
  const credentials: TlsCredentials = {
    minVersion: 'TLSv1.2',
    // An environment with NODE_TLS_REJECT_UNAUTHORIZED=0 would have it otherwise.
    rejectUnauthorized: true,
    ...(cert && { cert }),
    ...(key && { key }),
    ...(ca && { ca }),
  };
  try {
    createSecureContext(credentials);
  } catch (error) {
    throw new EndpointError(
      'SOCKET_UNUSABLE',
      `cannot use the certificates of ${nameSocket(end)}: they are no PEM files, or the key is not that of the certificate.`,
      { cause: error },
    );
  }
  return credentials;
}

async function read(end: TlsEnd, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new EndpointError(
      'SOCKET_UNUSABLE',
      `cannot read ${renderPath(path)} for ${nameSocket(end)}: ${explainSystemError(error)}.`,
      { cause: error },
    );
  }
}
