/** What a rules file may write for `sample`. */
import { parseSample } from './sample.ts';

/** Answers with what is wrong with a sample; undefined where nothing is. */
export function checkSample(text: string): string | undefined {
  return parseSample(text) === undefined
    ? 'a sample is 1/N, with N from 2 to 1000000, as in "sample: 1/10"'
    : undefined;
}
