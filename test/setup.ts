/** What all tests have in common. */
import fc from 'fast-check';
import { expect } from 'vitest';

// CI tries the same random cases each time, so that what fails there is what a change did; elsewhere each run tries others.
if (process.env.CI !== undefined) fc.configureGlobal({ seed: 20_261_124 });

// Bytes are compared as bytes: octet by octet, as if they were any objects, it takes a hundred times as long.
expect.addEqualityTesters([
  (one, other) =>
    one instanceof Uint8Array && other instanceof Uint8Array && one.constructor === other.constructor
      ? Buffer.compare(one, other) === 0
      : undefined,
]);
