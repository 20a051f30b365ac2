import type { IncomingHttpHeaders } from 'node:http';

/** One call as received. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, without the key. */
  readonly path: string;
  readonly model: string | null;
  readonly key: string | null;
  readonly headers: IncomingHttpHeaders;
  /**
   * The parsed JSON body, with images as strings; undefined if there was none or it was not JSON.
   */
  readonly body: unknown;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Null while it is running. */
  readonly finishedAt: number | null;
  /**
   * The HTTP status sent; null while the call is running, and if the connection was reset or
   * abandoned.
   */
  readonly status: number | null;
}

const MAX_RECORDS = 1000;
/** The maximum size of stored request bodies, as sent: edits contain megabytes of images. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Entry {
  record: Omit<RecordedRequest, 'body'>;
  body: RecordedBody | undefined;
}

/** A call in progress, whose outcome is recorded in the log. */
export interface OpenRecord {
  /** @param text the body as received, known to be JSON */
  received(text: Buffer): void;
  finished(status: number | null): void;
}

/** A body that is parsed on first use, which is rare, because it may be megabytes. */
class RecordedBody {
  private parsed: { readonly value: unknown } | undefined;

  constructor(private readonly text: Buffer) {}

  get bytes(): number {
    return this.text.length;
  }

  get value(): unknown {
    this.parsed ??= { value: parsed(this.text.toString('utf8')) };
    return this.parsed.value;
  }
}

/** An empty body is an empty message. */
function parsed(text: string): unknown {
  return text.trim() === '' ? {} : JSON.parse(text);
}

/** The latest calls, limited in number and in bytes, and the maximum number of concurrent ones. */
export class RequestLog {
  private entries: Entry[] = [];
  private readonly running = new Map<string | null, number>();
  private readonly highest = new Map<string | null, number>();
  private total = 0;
  private most = 0;
  private served = 0;

  get requests(): readonly RecordedRequest[] {
    return this.entries.map(({ record, body }) => ({
      ...record,
      get body() {
        return body?.value;
      },
    }));
  }

  /** The number of calls since the start or the last reset, including those no longer stored. */
  get count(): number {
    return this.served;
  }

  open(call: Pick<RecordedRequest, 'method' | 'path' | 'model' | 'key' | 'headers'>): OpenRecord {
    const record = { ...call, startedAt: Date.now(), finishedAt: null, status: null };
    const entry: Entry = { record, body: undefined };
    this.entries.push(entry);
    this.served += 1;
    this.shift(call.key, 1);
    let open = true;
    return {
      received: (text) => {
        entry.body = new RecordedBody(text);
        this.trim();
      },
      finished: (status) => {
        if (open) {
          open = false;
          entry.record = { ...entry.record, status, finishedAt: Date.now() };
          this.shift(call.key, -1);
        }
      },
    };
  }

  maxInFlight(key?: string): number {
    return key === undefined ? this.most : (this.highest.get(key) ?? 0);
  }

  clear(): void {
    this.entries = [];
    this.served = 0;
    this.most = this.total;
    this.highest.clear();
    for (const [key, running] of this.running) {
      this.highest.set(key, running);
    }
  }

  private shift(key: string | null, step: 1 | -1): void {
    const running = (this.running.get(key) ?? 0) + step;
    if (running === 0) {
      this.running.delete(key);
    } else {
      this.running.set(key, running);
    }
    this.highest.set(key, Math.max(running, this.highest.get(key) ?? 0));
    this.total += step;
    this.most = Math.max(this.most, this.total);
  }

  private trim(): void {
    let bytes = this.entries.reduce((sum, { body }) => sum + (body?.bytes ?? 0), 0);
    while (this.entries.length > MAX_RECORDS || (bytes > MAX_BYTES && this.entries.length > 1)) {
      bytes -= this.entries.shift()?.body?.bytes ?? 0;
    }
  }
}
