/** Whether a rule applies to a frame (docs/frames.md, section 3): other tests know of each condition, this puts them together. */
import { dnsConditionHolds, type Knowledge } from '../oracle/dns-conditions.ts';
import type { Field } from '../reference/protobuf.ts';
import { type Conditions, decide, type PlainRule } from '../reference/rules.ts';
import { isInSample } from '../reference/sample.ts';
import type { DecodedFrame, DecodedMessage } from '../support/oracle.ts';
import { someKey } from '../support/some-rules.ts';

/** A frame as the reference reads it, and as protobufjs does. */
export interface ReadFrame {
  readonly fields: Field[];
  readonly decoded: DecodedFrame;
}

/** Whether the rule applies; undefined where nobody knows. */
export function ruleApplies(frame: ReadFrame, { match, unless }: PlainRule): Knowledge {
  return all([...(match ? [anyHolds(frame, match)] : []), ...(unless ? [not(anyHolds(frame, unless))] : [])]);
}

function anyHolds(frame: ReadFrame, maps: Conditions | Conditions[]): Knowledge {
  const verdicts = [maps]
    .flat()
    .map((map) => all(Object.entries(map).map(([name, values]) => conditionHolds(frame, name, [values].flat()))));
  return not(all(verdicts.map(not)));
}

const DNS_CONDITIONS = ['opcode', 'rcode', 'qname', 'qtype'];

function conditionHolds({ fields, decoded }: ReadFrame, name: string, values: string[]): Knowledge {
  if (DNS_CONDITIONS.includes(name)) return dnsConditionHolds(name, values, decoded.message as DecodedMessage);
  if (name === 'sample') return isInSample(fields, values.join(), someKey);
  const rule: PlainRule = { match: { [name]: values }, action: 'drop' };
  return 'rule' in decide(fields, { version: 1, default: 'keep', rules: [rule] });
}

function all(parts: readonly Knowledge[]): Knowledge {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function not(part: Knowledge): Knowledge {
  return part === undefined ? undefined : !part;
}
