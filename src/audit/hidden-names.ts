/** The forms in which rules leave names: shortened, or hashed (docs/messages.md, 7). */
import { parse } from 'tldts';
import type { Labels } from './dns-message.ts';
import type { Possible } from './possible-methods.ts';

/** A label that stands for a hashed one: base32 of 40 bits. */
const HASHED = /^[a-z2-7]{8}$/;

/** Whether a name, which is no reverse name, has a form in which one of the methods leaves names. */
export function isNameHidden(labels: Labels, methods: Possible): boolean {
  if (methods.valuesOf('labels').some((most) => labels.length <= Number(most))) return true;
  if (methods.has('hash') && labels.every((label) => HASHED.test(label))) return true;
  return methods.has('registrable') && isRegistrable(labels);
}

/** How many labels at the end of a name one of the methods may leave. */
export function openLabels(labels: Labels, methods: Possible): number {
  const most = Math.max(0, ...methods.valuesOf('labels').map(Number));
  if (!methods.has('registrable')) return most;
  const { domain, publicSuffix } = parse(textOf(labels), OPTIONS);
  return Math.max(most, (domain ?? publicSuffix ?? '').split('.').length);
}

const OPTIONS = { extractHostname: false, validateHostname: false, detectIp: false, allowPrivateDomains: false };

function isRegistrable(labels: Labels): boolean {
  const name = textOf(labels);
  const { domain, publicSuffix, isIcann } = parse(name, OPTIONS);
  return isIcann === true && (name === domain || name === publicSuffix);
}

function textOf(labels: Labels): string {
  return labels.map((label) => label.toLowerCase().replace(/[^a-z0-9-]/g, '_')).join('.');
}
