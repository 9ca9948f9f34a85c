/** What goes wrong between two sockets, in words. */
import { explainSystemError } from './system-error.ts';

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the other side broke the connection',
  EPIPE: 'the other side has closed the connection',
  ETIMEDOUT: 'there is no answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up at the moment',
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES:
    'permission denied: look at the mode of the socket and of its directories, and at AppArmor; ports below 1024 need CAP_NET_BIND_SERVICE',
  CERT_HAS_EXPIRED: 'the certificate of the other side has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the other side is signed by itself; name it with ca=',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of the certificate of the other side is not trusted; name it with ca=',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the authority of the certificate of the other side is not trusted; name it with ca=',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the authority of the certificate of the other side is not trusted; name it with ca=',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the other side is for another name; name it with server-name=',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'there is no answer to the TLS handshake',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the other side shows no certificate, and ca= asks for one',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the other side asks for a certificate; give cert= and key=',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS',
  ERR_SSL_HTTP_REQUEST: 'the other side speaks HTTP, not TLS',
  EPROTO: 'the other side does not speak TLS as it should',
};

/** Explains an error of a socket in one phrase that ends with its code; never with anything else of the error's text. */
export function explainSocketError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const explanation = EXPLANATIONS[code];
  return explanation === undefined ? explainSystemError(error) : `${explanation} (${code})`;
}
