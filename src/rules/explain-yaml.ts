/** Puts what the parser of YAML has to say into words for people who do not know its terms. */

/** An error or a warning of the parser. */
export interface YamlProblem {
  readonly code: string;
  readonly message: string;
  /** Where it is in the text, in UTF-16 code units. */
  readonly pos: readonly [number, number];
}

/** What is wrong in `text`, and what to write instead; undefined for what is rare. Holds at most one character of the text. */
export function explainYaml({ code, message, pos: [start] }: YamlProblem, text: string): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces: to YAML a tab is no indentation';
    case 'BAD_DQ_ESCAPE':
      return 'in double quotes a \\ begins an escape: write \\\\ for one, or use single quotes';
    case 'BAD_SCALAR_START':
      return `text that begins with ${text[start] ?? 'this'} needs quotes`;
    case 'KEY_OVER_1024_CHARS':
      return 'a key has at most 1024 characters';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'there is a second ": " in this line: text that holds one needs quotes';
    case 'BLOCK_IN_FLOW':
      return 'a comma is missing, or quotes around text that holds ": "';
    case 'MULTILINE_IMPLICIT_KEY':
      return COLON_MISSING;
    default:
      return WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? afterQuote(message, text, start);
  }
}

/** What is said of a text in quotes that does not end. */
export const QUOTE_MISSING = 'this text in quotes does not end: its closing quote is missing';

const COLON_MISSING = 'a colon and a space are missing in this line, as in "default: keep"';

/** The codes of these are used for more than one thing. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Implicit map keys need/, COLON_MISSING],
  [
    /^All mapping items/,
    'this line is not indented as the keys that it belongs to: keys of one map stand in one column',
  ],
  [/^All sequence items/, 'this item is not indented as those before it: items of one list stand in one column'],
  [/^Sequence item without/, 'a "- " is missing before this item of a list'],
  [/end with a \}$/, 'a { before this is not closed: a } is missing, or it is not indented'],
  [/end with a \]$/, 'a [ before this is not closed: a ] is missing, or it is not indented'],
  [/^Missing closing/, QUOTE_MISSING],
  [/^Missing , /, 'a comma is missing before this'],
  [/^Missing space after :/, 'a space is missing after the colon'],
  [/^Unexpected , |^Unexpected empty item/, 'there is nothing before this comma'],
  [/^Comments must be separated/, 'a space is missing before the #'],
];

function afterQuote(message: string, text: string, start: number): string | undefined {
  if (!message.endsWith('at node end')) return undefined;
  return text[start - 1] === "'"
    ? "the text ends at the quote before this: within single quotes a quote is written twice, as in 'don''t'"
    : 'nothing can stand here: what belongs to this line ends before';
}
