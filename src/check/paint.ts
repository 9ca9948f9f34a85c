/** Colours for terminals (ECMA-48, SGR). No colour says anything that the words do not say too. */

const CODES = {
  bold: [1, 22],
  faint: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;
export type Colour = keyof typeof CODES;

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (text: string, colour: Colour) => string;

/** For terminals. */
export const inColour: Paint = (text, colour) => {
  const [on, off] = CODES[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** For everything else. */
export const plain: Paint = (text) => text;
