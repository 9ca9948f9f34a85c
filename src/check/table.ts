/**
 * The table of a check, in lines: a row for each field, and a column for each message type, the types of which the same is true in one
 * column. It stands on its side, since there are more fields than types are treated differently, and their names are long.
 */
import type { Cell, Exception, Outcome, RowName, TypeEffects } from './effects.ts';
import type { Colour, Paint } from './paint.ts';
import { renderOutcome, renderRule, renderWholeOutcome, wrap } from './words.ts';

const INDENT = '  ';
const GAP = '  ';
/** `AQ AR `: the mnemonics of a query and its response in the head of a column, which stay side by side. */
const PAIR_WIDTH = 6;
/** How wide heads may be that are wider than their cells, in pairs, in the order in which it is tried. */
const HEAD_PAIRS = [7, 3, 2, 1] as const;

const COLOURS: Partial<Record<Cell['effect'], Colour>> = {
  'in clear': 'yellow',
  depends: 'magenta',
  removed: 'green',
  dropped: 'green',
  absent: 'faint',
};

interface Column {
  readonly head: readonly string[];
  readonly cells: readonly { readonly text: string; readonly colour: Colour }[];
  readonly width: number;
}

/** The lines of the table, and under it what its numbers stand for. */
export function renderTable(
  types: readonly TypeEffects[],
  ruleNames: readonly string[],
  width: number,
  paint: Paint,
): string[] {
  const footnotes = new Footnotes(ruleNames);
  const groups = groupTypes(types);
  const names = Object.keys(types[0].cells) as RowName[];
  const labelWidth = Math.max(...names.map((name) => name.length));
  const rows = names.map((name) => groups.map(([type]) => footnotes.renderCell(type.cells[name])));
  const room = width - INDENT.length - labelWidth;
  const layouts = HEAD_PAIRS.map((pairs) => {
    const headWidth = Math.min(pairs * PAIR_WIDTH, room - GAP.length);
    const columns = groups.map((group, index) => {
      const cells = rows.map((row) => row[index]);
      return column(group, cells, headWidth);
    });
    return stack(columns, room);
  });
  const blocks = layouts.reduce((best, layout) => (layout.length < best.length ? layout : best));
  const lines = footnotes.lines(width);
  return [
    ...blocks.flatMap((columns, index) => [
      ...(index === 0 ? [] : ['']),
      ...renderBlock(names, labelWidth, columns, paint),
    ]),
    ...(lines.length === 0 ? [] : ['', ...lines]),
  ];
}

/** The types by what becomes of their fields. */
function groupTypes(types: readonly TypeEffects[]): [TypeEffects, ...TypeEffects[]][] {
  const groups = new Map<string, [TypeEffects, ...TypeEffects[]]>();
  for (const type of types) {
    const key = JSON.stringify(type.cells);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [type]);
    else group.push(type);
  }
  return [...groups.values()];
}

function column(group: readonly TypeEffects[], cells: Column['cells'], headWidth: number): Column {
  const widest = Math.max(...cells.map(({ text }) => text.length));
  const length = 2 * Math.floor((Math.max(headWidth, widest) + 1) / PAIR_WIDTH);
  const mnemonics = group.map(({ mnemonic }) => mnemonic);
  const head = Array.from({ length: Math.ceil(mnemonics.length / length) }, (_, line) =>
    mnemonics.slice(line * length, (line + 1) * length).join(' '),
  );
  return { head, cells, width: Math.max(widest, ...head.map((line) => line.length)) };
}

/** Blocks of as many columns as there is room for beside one another. */
function stack(columns: readonly Column[], room: number): Column[][] {
  const blocks: Column[][] = [];
  let rest = 0;
  for (const one of columns) {
    const needed = GAP.length + one.width;
    if (needed > rest || blocks.length === 0) {
      blocks.push([]);
      rest = room;
    }
    blocks.at(-1)?.push(one);
    rest -= needed;
  }
  return blocks;
}

function renderBlock(
  names: readonly RowName[],
  labelWidth: number,
  columns: readonly Column[],
  paint: Paint,
): string[] {
  const headHeight = Math.max(...columns.map(({ head }) => head.length));
  const heads = Array.from({ length: headHeight }, (_, line) =>
    renderLine(
      ' '.repeat(labelWidth),
      columns.map(({ head, width }) => ({ text: head[line] ?? '', colour: 'bold', width })),
      paint,
    ),
  );
  const rows = names.map((name, row) =>
    renderLine(
      name.padEnd(labelWidth),
      columns.map(({ cells, width }) => ({ ...cells[row], width })),
      paint,
    ),
  );
  return [...heads, ...rows];
}

function renderLine(
  label: string,
  cells: readonly { readonly text: string; readonly colour: Colour; readonly width: number }[],
  paint: Paint,
): string {
  let line = INDENT + label.trimEnd();
  let end = INDENT.length + label.length;
  let column = line.length;
  for (const { text, colour, width } of cells) {
    if (text !== '') {
      line += ' '.repeat(end + GAP.length - column) + paint(text, colour);
      column = end + GAP.length + text.length;
    }
    end += GAP.length + width;
  }
  return line;
}

/** What is too long for a cell stands under the table, with a number. */
class Footnotes {
  readonly #ruleNames: readonly string[];
  readonly #texts: string[] = [];

  constructor(ruleNames: readonly string[]) {
    this.#ruleNames = ruleNames;
  }

  renderCell(cell: Cell): Column['cells'][number] {
    return { text: this.#text(cell), colour: COLOURS[cell.effect] ?? 'cyan' };
  }

  lines(width: number): string[] {
    return this.#texts.flatMap((text, index) => wrap(text, width, `${INDENT}(${index + 1}) `));
  }

  #text(cell: Cell): string {
    switch (cell.effect) {
      case 'absent':
        return '-';
      case 'dropped':
        return cell.effect;
      case 'replaced':
        return `replaced ${this.#number(renderWholeOutcome(cell))}`;
      case 'depends':
        return `depends ${this.#number(this.#explain(cell.otherwise, cell.exceptions))}`;
      default:
        return renderOutcome(cell);
    }
  }

  #explain(otherwise: Outcome, exceptions: readonly Exception[]): string {
    const groups: { outcome: string; rules: string[] }[] = [];
    for (const { rule, outcome } of exceptions) {
      const text = renderWholeOutcome(outcome);
      const title = renderRule(this.#ruleNames, rule);
      if (groups.at(-1)?.outcome === text) groups.at(-1)?.rules.push(title);
      else groups.push({ outcome: text, rules: [title] });
    }
    const parts = groups.map(({ outcome, rules }) => `; ${outcome} where ${rules.join(' or ')} applies`);
    const order = groups.length > 1 ? ' (of several the last one counts)' : '';
    return `${renderWholeOutcome(otherwise)}${parts.join('')}${order}`;
  }

  #number(text: string): string {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return `(${this.#texts.indexOf(text) + 1})`;
  }
}
