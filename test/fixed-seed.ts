import fc from 'fast-check';

// CI tries the same random cases each time, so that what fails there is what a change did; elsewhere each run tries others.
if (process.env.CI !== undefined) fc.configureGlobal({ seed: 20_261_124 });
