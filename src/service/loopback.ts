/** Addresses that only this machine reaches. */

/** Whether a host is one of them. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
