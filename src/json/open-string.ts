import type { JsonBlob } from './json-blob';
import { SliceList } from './slice-list';
import { StringUnescaper } from './string-unescaper';

/**
 * When a string counts as long, in bytes as written between its quotes, and how strictly to read
 * it.
 */
export interface StringRules {
  readonly blobThresholdBytes: number;
  readonly allowControls: boolean;
}

/**
 * A string whose end has not arrived yet. Up to the threshold it is kept as written, for the
 * skeleton. Beyond that it becomes a blob and is unescaped as it arrives.
 */
export class OpenString {
  /** Whether the next byte is escaped, that is, an odd number of backslashes precedes it. */
  escaped = false;

  /** Its length so far, as written. */
  writtenBytes = 0;

  private readonly raw = new SliceList();
  private long: StringUnescaper | undefined;

  constructor(private readonly rules: StringRules) {}

  add(slice: Buffer): void {
    this.writtenBytes += slice.length;
    if (this.long !== undefined) {
      this.long.push(slice);
      return;
    }
    if (this.raw.byteLength + slice.length <= this.rules.blobThresholdBytes) {
      this.raw.add(slice);
      return;
    }
    this.long = new StringUnescaper(this.rules.allowControls);
    for (const earlier of this.raw.slices()) {
      this.long.push(earlier);
    }
    this.long.push(slice);
  }

  /** The blob of a long string, or the raw bytes of a short one. */
  finish(): JsonBlob | readonly Buffer[] {
    return this.long === undefined ? this.raw.slices() : this.long.finish();
  }
}
