import { ClientGoneError } from '../context/client-gone.error';

/** One image of a request on its way, for whoever takes it over when its client has gone. */
export class OngoingImage<T = unknown> {
  private current: 'waiting' | 'begun' | 'over' = 'waiting';
  private made: T | undefined;
  private heldSlices: readonly Buffer[] = [];
  private listeners: (() => void)[] = [];
  private readonly ending = new AbortController();

  /** Aborted when its call is cut off by itself, while others of its request go on. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Whether a call for it has begun that is not over. */
  get isBegun(): boolean {
    return this.current === 'begun';
  }

  get isOver(): boolean {
    return this.current === 'over';
  }

  /** What has been made; undefined while it is not, and where nothing came. */
  get value(): T | undefined {
    return this.made;
  }

  /** Where its bytes are. */
  get slices(): readonly Buffer[] {
    return this.heldSlices;
  }

  /** A call for it is made. */
  begin(): void {
    if (this.current === 'waiting') {
      this.current = 'begun';
    }
  }

  /** @param slices where its bytes are */
  succeed(made: T, slices: readonly Buffer[]): void {
    if (!this.isOver) {
      this.made = made;
      this.heldSlices = slices;
      this.end();
    }
  }

  fail(): void {
    if (!this.isOver) {
      this.end();
    }
  }

  /** Nobody will ask for it: its call is cut off, which then fails. */
  cutOff(): void {
    if (!this.isOver) {
      this.ending.abort(new ClientGoneError());
    }
  }

  /** Resolves once it is over, with what has been made. */
  result(): Promise<T | undefined> {
    return new Promise((resolve) => {
      this.onOver(() => {
        resolve(this.made);
      });
    });
  }

  /** Calls the listener once it is over; at once if it already is. */
  onOver(listener: () => void): void {
    if (this.isOver) {
      listener();
    } else {
      this.listeners.push(listener);
    }
  }

  private end(): void {
    this.current = 'over';
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) {
      listener();
    }
  }
}
