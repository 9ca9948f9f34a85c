/**
 * The text of a rules file as YAML 1.2 (core schema): its plain value, and where each part of it stands. What YAML has beyond
 * maps, lists and scalars (anchors, aliases, tags, merge keys, directives, several documents) is refused, before anything is
 * read out of the document. Depth and number of tokens are bounded while the text is read, so that a hostile file ends soon.
 */

import { Composer, type CST, type Document, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, Parser } from 'yaml';
import { holdsKeyText } from '../anonymize/key.ts';
import type { RulesIssue } from '../errors.ts';
import { explainYaml, QUOTE_MISSING } from './explain-yaml.ts';
import { MAX_COLLECTED_ISSUES, printable, quote, throwIssues } from './rules-issues.ts';
import {
  findNode,
  findStrayKeys,
  isAddressKey,
  keyRange,
  keyText,
  type MapNode,
  type Path,
  type Range,
  rangeOf,
} from './yaml-nodes.ts';

/** The longest text of a rules file, in UTF-16 code units. */
export const MAX_TEXT_LENGTH: number = 1 << 21;
/** How many lists, maps and scalars may stand in one another; the language needs fewer than 20. */
const MAX_DEPTH = 64;
/** A list of prefixes takes 6 tokens a line. */
const MAX_TOKENS = 600_000;
/** An escape in quotes takes as long as so many tokens, where it is wrong. */
const TOKENS_OF_ESCAPE = 10;
/** More lexical errors than a person reads at once. */
const MAX_LEXICAL_ISSUES = 100;
/** Wider than any line that people indent. */
const MAX_INDENT = 1000;
/** The parser of YAML quotes from the file. */
const MAX_PARSER_MESSAGE_LENGTH = 200;

/** A YAML document without errors of its own. */
export interface YamlSource {
  /** Maps are objects without a prototype. */
  readonly value: unknown;
  /** How the scalar at `path` is written, without its quotes; undefined where no scalar stands there. */
  written(path: Path): string | undefined;
  /** Where the value at `path` stands; where there is none, the nearest one around it. */
  place(path: Path): Place;
  /** Where the key `key` of the map at `path` stands. */
  keyPlace(path: Path, key: string): Place;
  /** The lines, from 1, on which the key `key` of the top map and its value stand. */
  lines(key: string): Lines;
  /** The lines of the keys below the top map that are called `key` or nearly so, each with its value. */
  strayKeyLines(): Lines[];
}

/** Lines from 1; `last` is one of them. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}
export type Place = Pick<RulesIssue, 'line' | 'column' | 'length'>;

/** Reads a rules file's text as YAML; throws RulesError with everything that is wrong with the YAML in it. */
export function readYaml(text: string): YamlSource {
  // A byte order mark takes no column.
  const source = new YamlText(text.startsWith('\ufeff') ? text.slice(1) : text);
  source.checkCharacters();
  const document = source.compose();
  const issues: Issue[] = [];
  const value = new Reader(issues, (offset) => source.lineOf(offset)).read(document.contents);
  source.addParserIssues(document, issues);
  source.throwIf(issues);
  const linesOf = ({ start, end }: Range): Lines => ({ first: source.lineOf(start), last: source.lineOf(end) });
  return {
    value,
    written: (path) => {
      const node = findNode(document.contents, path);
      return isScalar(node) ? node.source : undefined;
    },
    place: (path) => source.place(rangeOf(findNode(document.contents, path))),
    keyPlace: (path, key) => source.place(keyRange(findNode(document.contents, path), key)),
    lines: (key) =>
      linesOf({
        start: keyRange(document.contents, key).start,
        end: rangeOf(findNode(document.contents, [key])).end,
      }),
    strayKeyLines: () => [...findStrayKeys(document.contents, true)].map(linesOf),
  };
}

interface Issue extends Range {
  message: string;
  /** The message without anything of the file, where `message` quotes it. */
  discreet?: string;
  hidesLine?: true;
}

class YamlText {
  readonly #text: string;
  readonly #lines = new LineCounter();
  /** Where texts in quotes begin that may have no end, by where they end all the same. */
  readonly #openQuotes = new Map<number, number>();

  constructor(text: string) {
    this.#text = text;
    this.#lines.addNewLine(0);
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) this.#lines.addNewLine(end + 1);
  }

  /** Throws where the text is too long, or holds what no text file holds; it may then be a capture, and no line of it is shown. */
  checkCharacters(): void {
    if (this.#text.length > MAX_TEXT_LENGTH) {
      const message = `a rules file has at most ${MAX_TEXT_LENGTH} characters`;
      this.throwIf([{ start: 0, end: 1, message, hidesLine: true }]);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]|\r(?!\n)/.exec(this.#text);
    if (found === null) return;
    const code = found[0].charCodeAt(0);
    let message = `a rules file has no control characters (this is U+${code.toString(16).padStart(4, '0').toUpperCase()})`;
    if (code === 0xfffd) message = 'this is not UTF-8: save the file as UTF-8';
    if (code === 0x0d) message = 'a line ends with LF or with CR and LF, not with CR alone';
    this.throwIf([{ start: found.index, end: found.index + 1, message, hidesLine: true }]);
  }

  /** The document, with its errors still in it; throws for what is refused by its tokens. */
  compose(): Document.Parsed {
    const tokens = this.#parse();
    const options = {
      version: '1.2',
      schema: 'core',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    } as const;
    const [document] = new Composer(options).compose(tokens, true, this.#text.length);
    return document as Document.Parsed;
  }

  #parse(): CST.Token[] {
    const parser = new Parser();
    const tokens: CST.Token[] = [];
    const issues: Issue[] = [];
    let count = 0;
    let documents = 0;
    let isScalarText = false;
    for (const lexeme of new Lexer().lex(this.#text)) {
      const start = parser.offset;
      if (!isScalarText) {
        const message = refuseLexeme(lexeme);
        const discreet =
          'aliases, anchors, tags and directives are not allowed; text that begins with *, &, ! or % needs quotes';
        if (message !== undefined) issues.push({ start, end: start + lexeme.length, message, discreet });
      }
      if (!isScalarText && /^["']/.test(lexeme)) this.#noteQuote(start, start + lexeme.length);
      isScalarText = lexeme === SCALAR_FOLLOWS;
      for (const token of parser.next(lexeme)) {
        tokens.push(token);
        if (token.type === 'document') documents += 1;
      }
      if (parser.stack.length > MAX_DEPTH) {
        issues.push({ start, end: start + 1, message: 'lists and maps are nested too deep' });
        break;
      }
      count += tokensOf(lexeme);
      if (count > MAX_TOKENS) this.#throwTooLarge(start);
      if (documents > 1 || issues.length >= MAX_LEXICAL_ISSUES) break;
    }
    this.throwIf(issues);
    for (const token of parser.end()) tokens.push(token);
    const second = tokens.filter((token) => token.type === 'document')[1];
    if (second !== undefined) {
      const message = 'a rules file is one document: make two files, or leave this line away';
      this.throwIf([{ start: second.offset, end: second.offset + 3, message }]);
    }
    return tokens;
  }

  /** One that ends within its line has its closing quote. */
  #noteQuote(start: number, end: number): void {
    if (end === this.#text.length || this.#text.slice(start, end).includes('\n')) this.#openQuotes.set(end, start);
  }

  /** Adds the first that the parser noted, but for what follows from an issue that has been told better. */
  addParserIssues(document: Document.Parsed, issues: Issue[]): void {
    const told = issues.toSorted((left, right) => left.start - right.start);
    const errors = [...document.errors, ...document.warnings].toSorted((left, right) => left.pos[0] - right.pos[0]);
    const found: Issue[] = [];
    let next = 0;
    let toldEnd = -1;
    for (const error of errors) {
      if (found.length >= MAX_COLLECTED_ISSUES) break;
      for (let issue = told[next]; issue !== undefined && issue.start <= error.pos[0]; issue = told[++next]) {
        toldEnd = Math.max(toldEnd, issue.end);
      }
      if (error.pos[0] > toldEnd) found.push(this.#explain(error));
    }
    issues.push(...found);
  }

  #explain({ code, message, pos }: Document.Parsed['errors'][number]): Issue {
    const quoted =
      explainYaml({ code, message, pos }, this.#text) ??
      `YAML: ${printable(message).slice(0, MAX_PARSER_MESSAGE_LENGTH)}`;
    const discreet = `YAML: this cannot be read (${code})`;
    const words = { message: holdsKeyText(message) ? discreet : quoted, discreet };
    const openQuote = quoted === QUOTE_MISSING ? this.#openQuotes.get(pos[0]) : undefined;
    if (openQuote !== undefined) return { start: openQuote, end: pos[0], ...words };
    // The parser points at the spaces before what is indented wrongly.
    const indented =
      code === 'BAD_INDENT' ? /^ *(?=\S)/.exec(this.#text.slice(pos[0], pos[0] + MAX_INDENT))?.[0].length : 0;
    const start = pos[0] + (indented ?? 0);
    return { start, end: Math.max(pos[1], start + 1), ...words };
  }

  #throwTooLarge(start: number): never {
    return this.#throw([{ start, end: start + 1, message: 'the rules file is too large' }]);
  }

  throwIf(issues: readonly Issue[]): void {
    if (issues.length > 0) this.#throw(issues);
  }

  #throw(issues: readonly Issue[]): never {
    const keyLines = findKeyLines(this.#text);
    return throwIssues(
      issues.map((issue): RulesIssue => {
        const place = this.place(issue);
        const isKeyLine = keyLines.has(place.line);
        const message = isKeyLine ? (issue.discreet ?? issue.message) : issue.message;
        return { ...place, message, ...((isKeyLine || issue.hidesLine) && { hidesLine: true }) };
      }),
    );
  }

  /** The line, from 1, of an offset. */
  lineOf(offset: number): number {
    return this.#lines.linePos(Math.min(offset, this.#text.length)).line;
  }

  /** Of a range of several lines the first one is underlined. */
  place({ start, end }: Range): Place {
    const { line, col } = this.#lines.linePos(Math.min(start, this.#text.length));
    const nextLine = this.#lines.lineStarts[line] ?? this.#text.length + 1;
    const text = this.#text.slice(start, Math.min(end, nextLine - 1));
    return { line, column: col, length: Math.max(1, text.trimEnd().length) };
  }
}

/**
 * The lines, from 1, in which the section `key` may stand: one that names it, and those below that are indented. Where the YAML is wrong
 * nobody knows better.
 */
function findKeyLines(text: string): Set<number> {
  const found = new Set<number>();
  let isKey = false;
  for (const [index, line] of text.split('\n').entries()) {
    const namesKey = /(?<![\w-])key["']?\s*:/.test(line);
    if (namesKey || /^[^\s#]/.test(line)) isKey = namesKey;
    if (isKey) found.add(index + 1);
  }
  return found;
}

/** The lexer puts it before the text of a plain or block scalar, which may then begin with any character. */
const SCALAR_FOLLOWS = '\u001f';

function tokensOf(lexeme: string): number {
  return lexeme.startsWith('"') ? 1 + TOKENS_OF_ESCAPE * (lexeme.split('\\').length - 1) : 1;
}

function refuseLexeme(lexeme: string): string | undefined {
  const name = lexeme.slice(1).replace(/:$/, '');
  switch (lexeme[0]) {
    case '*':
      return name.startsWith('.')
        ? `write ${quote(`*${name}`)} in quotes: without them YAML takes the * for an alias`
        : 'aliases are not allowed: write the value itself; text that begins with * needs quotes';
    case '&':
      return 'anchors are not allowed: write the value wherever it is needed; text that begins with & needs quotes';
    case '!':
      return 'tags are not allowed: leave them away; text that begins with ! needs quotes';
    case '%':
      return 'directives are not allowed: a rules file is YAML 1.2 without any';
    default:
      return undefined;
  }
}

/** Makes plain values of nodes, and notes what YAML allows and a rules file does not. */
class Reader {
  readonly #issues: Issue[];
  readonly #lineOf: (offset: number) => number;

  /** `lineOf` answers with the line, from 1, of an offset. */
  constructor(issues: Issue[], lineOf: (offset: number) => number) {
    this.#issues = issues;
    this.#lineOf = lineOf;
  }

  read(node: unknown): unknown {
    if (isMap(node)) return this.#readMap(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    return isScalar(node) ? node.value : null;
  }

  #readMap(map: MapNode): unknown {
    const value: Record<string, unknown> = Object.create(null);
    const firstKeys = new Map<string, unknown>();
    for (const pair of map.items) {
      if (this.#issues.length >= MAX_COLLECTED_ISSUES) break;
      const key = keyText(pair.key);
      if (isAddressKey(pair)) {
        this.#note(pair.key, 'an address that ends in :: needs quotes or a prefix length');
      } else if (key === undefined) {
        this.#note(pair.key, 'a key must be one word, with its value behind a colon');
      } else if (key === '<<') {
        this.#note(pair.key, 'merge keys are not allowed: write the keys themselves');
      } else if (Object.hasOwn(value, key)) {
        const first = `first in line ${this.#lineOf(rangeOf(firstKeys.get(key)).start)}`;
        this.#note(pair.key, `the key ${quote(key)} stands twice, ${first}`, `this key stands twice, ${first}`);
      } else {
        firstKeys.set(key, pair.key);
        value[key] = this.read(pair.value);
        continue;
      }
      this.read(pair.value);
    }
    return value;
  }

  #note(node: unknown, message: string, discreet = message): void {
    this.#issues.push({ ...rangeOf(node as Node), message, discreet });
  }
}
