/** A report for programs; docs/check.md names its keys. */
import type { Cell, Outcome } from './effects.ts';
import type { Report } from './report.ts';

/** The report as one object, with a line feed after it. `name` is that of the rules file. */
export function renderJsonReport(report: Report, name: string): string {
  const { types, ruleNames, hidesClients, hasPublicAddresses, undecided, dropsByQuestion, warnings } = report;
  const plain = {
    rules: name,
    types: Object.fromEntries(
      types.map(({ mnemonic, cells }) => [
        mnemonic,
        Object.fromEntries(Object.entries(cells).map(([field, cell]) => [field, plainCell(cell, ruleNames)])),
      ]),
    ),
    drops: ruleNames.flatMap((rule, index) => {
      const all = types.filter(({ droppedBy }) => droppedBy === index).map(({ mnemonic }) => mnemonic);
      const some = types.filter(({ thinnedBy }) => thinnedBy.includes(index)).map(({ mnemonic }) => mnemonic);
      return all.length + some.length === 0 ? [] : [{ rule, all, some }];
    }),
    undecided: undecided.map((rule) => ruleNames[rule]),
    dropsByQuestion: dropsByQuestion.map((rule) => ruleNames[rule]),
    emptied: types.filter(({ isEmptied }) => isEmptied).map(({ mnemonic }) => mnemonic),
    hidesClients,
    publicAddresses: hasPublicAddresses,
    warnings: warnings.map(({ code, message, reason, advice, types: mnemonics, rule }) => ({
      code,
      message,
      reason,
      advice,
      ...(mnemonics !== undefined && { types: mnemonics }),
      ...(rule !== undefined && { rule: ruleNames[rule] }),
    })),
  };
  return `${JSON.stringify(plain, undefined, 2)}\n`;
}

type PlainCell =
  | Exclude<Cell, { effect: 'depends' }>
  | { effect: 'depends'; otherwise: Outcome; rules: (Outcome & { rule: string })[] };

function plainCell(cell: Cell, ruleNames: readonly string[]): PlainCell {
  if (cell.effect !== 'depends') return cell;
  const { effect, otherwise, exceptions } = cell;
  return { effect, otherwise, rules: exceptions.map(({ rule, outcome }) => ({ rule: ruleNames[rule], ...outcome })) };
}
