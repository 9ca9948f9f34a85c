/** What is left of the original, as text and as an object. No value of a capture stands in it. */
import { COUNTS, type CountName, REASONS, type RemainsReport } from './remains.ts';

/** What no comparison of two captures can find; ends every report. */
const BLIND_SPOTS = [
  'Known pairs: who knows when a client asked what finds its pseudonym, and with it all that it did.',
  'Timing, order and numbers of frames, lengths of messages: they fit to any other log of the same time.',
  'Names that are people: that somebody asked for anna-laptop.example says who it was.',
  'Values of less than eight octets in places of which nobody knows the form.',
];

/** The report as lines, each with its end. */
export function renderRemains(report: RemainsReport, original: string): string {
  const { findings, exempt, counts, aligned, unaligned, isPartial } = report;
  const counted = Object.entries(counts).filter(([, frames]) => frames > 0) as [CountName, number][];
  const lines = [
    `Compared with ${original}: of ${number(aligned)} frames the original is certain, of ${number(unaligned)} it is not.`,
    ...(isPartial ? ['It holds more values than can be remembered: some were not looked for.'] : []),
    '',
    ...(findings.length === 0
      ? ['Nothing was found of what is to be hidden.']
      : [
          'FOUND what is to be hidden:',
          ...findings.map(
            ({ kind, reason, frames, first }) =>
              `  ${kind} ${REASONS[reason]}: ${count(frames)}, ${first.map(number).join(' ')}${frames > first.length ? ' ...' : ''}`,
          ),
        ]),
    ...section(
      'Counted, and no verdict:',
      counted.map(([name, frames]) => `${COUNTS[name]}: ${count(frames)}`),
    ),
    ...section(
      'Exempt:',
      exempt.map(({ kind, because, frames }) => `${kind}: ${because} (${count(frames)})`),
    ),
    ...section('What this cannot see:', BLIND_SPOTS),
  ];
  return `${lines.join('\n')}\n`;
}

/** The report as docs/audit.md has it. */
export function remainsObject(report: RemainsReport, original: string): object {
  const { findings, exempt, counts, aligned, unaligned, isPartial } = report;
  return {
    capture: original,
    frames_certain: aligned,
    frames_uncertain: unaligned,
    ...(isPartial && { is_partial: true }),
    found: findings.map(({ kind, reason, frames, first }) => ({ kind, reason, frames, first_frames: first })),
    counted: counts,
    exempt,
    cannot_see: BLIND_SPOTS,
  };
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function count(frames: number): string {
  return `${number(frames)} ${frames === 1 ? 'frame' : 'frames'}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
