/** Three-valued logic (Kleene's): what is undecided stays so unless the rest decides. */

/** Ordered, so that "and" is the smaller one and "or" the larger one. */
export const Truth = { no: 0, undecided: 1, yes: 2 } as const;

export function truthOf(holds: boolean): number {
  return holds ? Truth.yes : Truth.no;
}

export function not(truth: number): number {
  return Truth.yes - truth;
}
