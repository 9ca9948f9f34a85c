/** What is in a capture, as text. */
import type { CensusReport, DistinctCount, Groups } from './census.ts';
import { KINDS } from './kinds.ts';

/** The report as lines, each with its end. `shows` adds values of the capture; without it there are counts alone. */
export function renderCensus(report: CensusReport, name: string, shows: boolean): string {
  const { frames, framesByType, kinds, groups } = report;
  const lines = [
    `${name}: ${number(frames)} ${frames === 1 ? 'frame' : 'frames'}${list(framesByType)}`,
    '',
    ...(kinds.length === 0 ? ['Nothing in it that identifies anybody.'] : table(report, shows)),
    '',
    ...renderGroups(groups),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function table({ kinds }: CensusReport, shows: boolean): string[] {
  const rows = kinds.map(({ kind, frames, distinct }) => [
    kind,
    number(frames),
    renderCount(distinct),
    KINDS[kind].meaning,
  ]);
  const all = [['what', 'frames', 'values', 'what it gives away'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map(
    ([kind, frames, values, meaning]) =>
      `  ${kind.padEnd(widths[0])}  ${frames.padStart(widths[1])}  ${values.padStart(widths[2])}  ${meaning}`,
  );
  return lines.flatMap((line, index) => {
    const kind = kinds[index - 1];
    if (kind === undefined) return [line];
    const shown = shows ? kind.values.map((value) => `      ${value}`) : [];
    return [line, `    ${' '.repeat(widths[0])}${list(kind.framesByType).replace(/^: /, '')}`, ...shown];
  });
}

function renderGroups({
  clients,
  clientsSeenOnce,
  prefixes,
  prefixesOfOneClient,
  names,
  namesOfOneClient,
}: Groups): string[] {
  if (clients.count === 0) return [];
  return [
    'How small the groups are in which somebody can hide:',
    `  ${renderCount(clients)} clients, of which ${number(clientsSeenOnce)} stand in one frame only`,
    `  ${renderCount(prefixes)} prefixes (/24 and /48), of which ${number(prefixesOfOneClient)} have one client only: the prefix is the client`,
    `  ${renderCount(names)} names that clients asked for, of which ${number(namesOfOneClient)} were asked for by one client only: the name is the client`,
  ];
}

/** A count for people: "at least" where there may be more. */
export function renderCount({ count, isMinimum }: DistinctCount): string {
  return `${isMinimum ? '>= ' : ''}${number(count)}`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

function list(framesByType: Readonly<Record<string, number>>): string {
  const parts = Object.entries(framesByType).map(([type, frames]) => `${type} ${number(frames)}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}
