/** Hand-made frames for what no server sends, in one list. Names are unique. */
import { fieldFrames } from './handmade-fields.ts';
import type { HandmadeFrame } from './handmade-frame.ts';
import { periodFrames } from './handmade-periods.ts';
import { valueFrames } from './handmade-values.ts';
import { wireFrames } from './handmade-wire.ts';

export type { HandmadeFrame } from './handmade-frame.ts';

/** Every hand-made frame. */
export const handmadeFrames: HandmadeFrame[] = [...wireFrames, ...fieldFrames, ...valueFrames, ...periodFrames];
