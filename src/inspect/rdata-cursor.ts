/** The data of a record, read piece by piece. */
import { scanLooseName } from './name-text.ts';

/** Reads data piece by piece. Each method passes over a piece and says whether it was there. */
export class RdataCursor {
  bytes: Uint8Array = new Uint8Array(0);
  message = 0;
  position = 0;
  end = 0;

  get left(): number {
    return this.end - this.position;
  }

  /** The octet so far ahead; there must be one. */
  peek(ahead: number): number {
    return this.bytes[this.position + ahead];
  }

  /** The two octets so far ahead, as a number. */
  peek16(ahead: number): number {
    return (this.peek(ahead) << 8) | this.peek(ahead + 1);
  }

  octets(count: number): boolean {
    if (this.left < count) return false;
    this.position += count;
    return true;
  }

  name(): boolean {
    const end = scanLooseName(this.bytes, this.message, this.position, this.end);
    if (end >= 0) this.position = end;
    return end >= 0;
  }

  /** A length of one octet and as many octets. */
  text(): boolean {
    return this.left > 0 && this.octets(1 + this.peek(0));
  }

  /** A length of two octets and as many octets. */
  longText(): boolean {
    return this.left > 1 && this.octets(2 + this.peek16(0));
  }
}

/** Passes over what it is a check of, and says whether it was there. */
export type Check = (rdata: RdataCursor) => boolean;
