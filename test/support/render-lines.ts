/** The lines that `tapfilter read` prints of frames, by the code in src/. */
import { FRAME_CODES, type FrameCode } from '../../src/errors.ts';
import { FrameView } from '../../src/inspect/frame-view.ts';
import { JsonRenderer } from '../../src/inspect/json-frame.ts';
import { LineRenderer } from '../../src/inspect/line.ts';
import type { FrameRenderer } from '../../src/inspect/renderer.ts';

function render(frames: readonly Uint8Array[], renderer: FrameRenderer): string[] {
  const view = new FrameView();
  const place = { input: 'in.dnstap', offset: 42 };
  return frames.map((bytes) => {
    const code = view.read(bytes, 0, bytes.length);
    const line =
      code === 0
        ? renderer.render(view, place)
        : renderer.renderUnreadable({ code: FRAME_CODES[code - 1] as FrameCode, length: bytes.length, bytes }, place);
    if (!line.endsWith('\n')) throw new Error('a line has no line feed at its end');
    return line.slice(0, -1);
  });
}

/** As text, in the time zone of this process unless it is told to be in UTC, without the line feeds. */
export function renderLines(frames: readonly Uint8Array[]): string[] {
  process.env.TZ = 'UTC';
  return render(frames, new LineRenderer());
}

/** As the objects that the JSON of each line is, as if all were in `in.dnstap` at byte 42. */
export function renderObjects(frames: readonly Uint8Array[], base64 = false): unknown[] {
  return render(frames, new JsonRenderer({ base64 })).map((line) => JSON.parse(line));
}
