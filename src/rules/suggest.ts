/** Finds the word that was meant. */

/** Longer words than any of the language are not compared. */
const MAX_WORD_LENGTH = 40;

/**
 * Answers with the word of `known` that `word` was probably meant to be: the nearest by insertions, deletions, changes and
 * swaps of neighbours, at most one of them for three letters, upper and lower case being the same; or else the only one that
 * begins with it, or ends with it.
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  const plain = normalize(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - plain.length) >= bestDistance) continue;
    const distance = editDistance(plain, normalize(candidate));
    // A word of two letters must not become any other word of two letters.
    if (distance < bestDistance && distance < Math.max(candidate.length, plain.length) - 1) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || plain.length < 3) return best;
  return (
    onlyOne(known, (candidate) => candidate.startsWith(plain)) ??
    onlyOne(known, (candidate) => candidate.endsWith(plain))
  );
}

function onlyOne(known: readonly string[], test: (word: string) => boolean): string | undefined {
  const candidates = known.filter((candidate) => test(normalize(candidate)));
  return candidates.length === 1 ? candidates[0] : undefined;
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

/** The optimal string alignment distance: three rows of the usual table. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        distance = Math.min(distance, beforePrevious[column - 2]! + 1);
      }
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length]!;
}
