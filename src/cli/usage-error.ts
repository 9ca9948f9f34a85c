/** What the command line itself gets wrong. */
import { TapfilterError } from '../errors.ts';

/** Wrong usage: nothing was read and nothing written. */
export class UsageError extends TapfilterError<'USAGE'> {
  override name = 'UsageError';

  constructor(message: string) {
    super('USAGE', message);
  }
}
