import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/rules/address-text.ts';
import { checkName } from '../../src/rules/check-name.ts';
import { checkType } from '../../src/rules/check-type.ts';
import { explainShape, type ShapeProblem } from '../../src/rules/explain-shape.ts';
import { createJsonSchema, type JsonSchema, renderJsonSchema } from '../../src/rules/json-schema.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { readYaml } from '../../src/rules/yaml-source.ts';
import { asRulesFile, documentedRules } from '../support/documented-rules.ts';
import { arbitraryRules } from '../support/random-frames.ts';
import { allRules } from '../support/rules-files.ts';
import { wrongFiles } from './wrong-files.ts';

const schema = createJsonSchema();
const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile(schema);

/** What a validator that knows nothing of tapfilter says of the plain value of a rules file. */
function refusals(value: unknown): ErrorObject[] {
  return validate(value) ? [] : [...(validate.errors ?? [])];
}

test('the schema that lies beside the shipped files is the one that --schema prints', async () => {
  await expect(renderJsonSchema()).toMatchFileSnapshot('../../rules/rules.schema.json');
});

test('an editor can say something of every key', () => {
  const silent: string[] = [];
  const visit = (part: unknown, place: string): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [name, inner] of Object.entries(part)) visit(inner, `${place}/${name}`);
    if (!place.endsWith('/properties')) return;
    for (const [name, inner] of Object.entries(part as Record<string, JsonSchema>)) {
      if (typeof inner.description !== 'string') silent.push(`${place}/${name}`);
    }
  };
  visit(schema, '');
  expect(silent).toEqual([]);
});

describe('a right file is accepted:', () => {
  test.each(documentedRules)('$place', (block) => {
    expect(refusals(readYaml(asRulesFile(block)).value)).toEqual([]);
  });

  test.each(allRules)('$name', ({ text }) => {
    expect(refusals(readYaml(text).value)).toEqual([]);
  });

  test('any rules that the engine takes', () => {
    fc.assert(
      fc.property(arbitraryRules, (rules) => {
        expect(refusals(rules)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** What of the language no keyword of draft-07 can say. */
const INEXPRESSIBLE: readonly { message: RegExp; because: string }[] = [
  { message: /^bits are set after the prefix/, because: 'a pattern does not compute' },
  {
    message: /^the text is longer than 1024 bytes$/,
    because: 'maxLength counts characters, which may have more bytes',
  },
  { message: /^this is ".+" again/, because: 'that two words mean one thing is more than a keyword tells' },
  {
    message: /^half of a surrogate pair is no text$/,
    because: 'where a pattern is read without Unicode it would refuse whole pairs too',
  },
];

/** The problems of shape that a wrong file has; none where it is wrong in YAML or in meaning. */
function shapeProblems(text: string): { value: unknown; problems: ShapeProblem[] } {
  let value: unknown;
  try {
    value = readYaml(text).value;
  } catch {
    return { value, problems: [] };
  }
  const result = rulesFileSchema.safeParse(value);
  return { value, problems: result.success ? [] : explainShape(value, result.error.issues) };
}

/** Whether an error stands where the problem is: at the value, or at the map that has the key or should be no map. */
function isTold(errors: readonly ErrorObject[], { path, key }: ShapeProblem): boolean {
  const place = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  if (key === undefined) return errors.some(({ instancePath }) => instancePath === place);
  const here = errors.filter(({ instancePath }) => instancePath === place);
  const unknownKeys = here.filter(({ keyword }) => keyword === 'additionalProperties');
  return unknownKeys.length === 0
    ? here.some(({ keyword }) => keyword === 'type')
    : unknownKeys.some(({ params }) => params.additionalProperty === key);
}

const wrongInShape = wrongFiles
  .map(({ title, text }) => ({ title, ...shapeProblems(text) }))
  .filter(({ problems }) => problems.length > 0);

describe('a file that is wrong in shape is refused, wherever it is wrong:', () => {
  test.each(wrongInShape)('$title', ({ value, problems }) => {
    const errors = refusals(value);
    const untold = problems.filter((problem) => !isTold(errors, problem)).map(({ message }) => message);
    expect(untold.filter((message) => !INEXPRESSIBLE.some((one) => one.message.test(message)))).toEqual([]);
  });

  test('most of the wrong files are', () => {
    expect(wrongInShape.length).toBeGreaterThan(wrongFiles.length / 2);
  });

  test.each(INEXPRESSIBLE)('but not for $message: $because', ({ message }) => {
    const untold = wrongInShape.flatMap(({ value, problems }) =>
      problems.filter((problem) => message.test(problem.message) && !isTold(refusals(value), problem)),
    );
    expect(untold).not.toEqual([]);
  });
});

test('a file that is wrong in meaning only is accepted: no JSON Schema knows what a file means', () => {
  const wrongInMeaning = wrongFiles.filter(({ text }) => {
    try {
      return rulesFileSchema.safeParse(readYaml(text).value).success;
    } catch {
      return false;
    }
  });
  expect(wrongInMeaning).not.toEqual([]);
  for (const { text } of wrongInMeaning) expect(refusals(readYaml(text).value)).toEqual([]);
});

test('an address is one to the schema where it is one to tapfilter', () => {
  const part = fc.oneof(
    fc.constantFrom('', '0', '1', '01', '255', '256', 'ffff', 'fffff', 'g', '1.2.3.4', '1.2.3', '::', 'FE80', '%eth0'),
    fc.nat(300).map(String),
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(':')),
    fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
    fc.tuple(fc.ipV6(), fc.nat(40), part).map(([address, at, more]) => address.slice(0, at) + more + address.slice(at)),
  );
  fc.assert(
    fc.property(text, (address) => {
      const file = { version: 1, default: 'keep', public: { addresses: [address] } };
      expect(refusals(file).length === 0).toBe(parseAddress(address) !== undefined);
    }),
    { numRuns: 5000 },
  );
});

test('the length of a prefix is one to the schema where it is one to tapfilter', () => {
  for (const network of ['0.0.0.0', '::']) {
    for (const bits of [
      '',
      '0',
      '00',
      '8',
      '08',
      '32',
      '33',
      '99',
      '100',
      '119',
      '128',
      '129',
      '200',
      '1000',
      '-1',
      'x',
    ]) {
      const file = { version: 1, default: 'keep', public: { addresses: [`${network}/${bits}`] } };
      expect(refusals(file).length === 0, `${network}/${bits}`).toBe(rulesFileSchema.safeParse(file).success);
    }
  }
});

test('a name is one to the schema where it is one to tapfilter', () => {
  const long = 'x'.repeat(63);
  const part = fc.oneof(
    fc.constantFrom(
      '',
      '.',
      '..',
      '*',
      '*.',
      '\\',
      '\\.',
      '\\032',
      '\\256',
      '\\25',
      '\\300',
      ' ',
      'ä',
      '\u0000',
      '\n',
      '/',
      ']',
      '-',
    ),
    fc.constantFrom('com', 'xn--a', '_dns', long, `${long}.`, `${long}x`, `${long}.${long}.${long}.`),
    fc.nat(70).map((length) => 'y'.repeat(length)),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
      (qname) => {
        const file = { version: 1, default: 'keep', rules: [{ match: { qname }, action: 'drop' }] };
        expect(refusals(file).length === 0).toBe(checkName(qname) === undefined);
      },
    ),
    { numRuns: 20_000 },
  );
  for (const length of [59, 60, 61, 62, 63, 64]) {
    const name = [long, long, long, 'z'.repeat(length)].join('.');
    for (const qname of [name, `${name}.`, `*.${name}`, `*.${name}.`, `\\032${name.slice(1)}`]) {
      const file = { version: 1, default: 'keep', rules: [{ match: { qname }, action: 'drop' }] };
      expect(refusals(file).length === 0, qname).toBe(checkName(qname) === undefined);
    }
  }
});

test('a record type is one to the schema where it is one to tapfilter', () => {
  const numbers = [
    0, 1, 9, 10, 99, 999, 1000, 9999, 10_000, 59_999, 60_000, 64_999, 65_499, 65_529, 65_535, 65_536, 65_540, 65_600,
    66_000, 70_000, 99_999, 100_000,
  ];
  const texts = [
    ...numbers.map((number) => `TYPE${number}`),
    ...['', 'A', 'a', 'AAAA', 'HTTPS', 'ZZZZ', 'TYPE', 'TYPE01', 'TYPE-1', 'type1'],
  ];
  for (const qtype of texts) {
    const file = { version: 1, default: 'keep', rules: [{ match: { qtype: [qtype] }, action: 'drop' }] };
    expect(refusals(file).length === 0, qtype).toBe(checkType(qtype) === undefined);
  }
});
