import { ClientGoneError } from '../context/client-gone.error';

/** A pending image of a request, which a retry can adopt after the client has disconnected. */
export class OngoingImage<T = unknown> {
  private current: 'waiting' | 'begun' | 'over' = 'waiting';
  private made: T | undefined;
  private heldSlices: readonly Buffer[] = [];
  private listeners: (() => void)[] = [];
  private readonly ending = new AbortController();

  /** Aborted when only this call is aborted, while others of its request continue. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Whether a call for it is in flight. */
  get isBegun(): boolean {
    return this.current === 'begun';
  }

  get isOver(): boolean {
    return this.current === 'over';
  }

  /** The generated image; undefined while it is pending, and if it failed. */
  get value(): T | undefined {
    return this.made;
  }

  /** The location of its bytes. */
  get slices(): readonly Buffer[] {
    return this.heldSlices;
  }

  /** A call for it begins. */
  begin(): void {
    if (this.current === 'waiting') {
      this.current = 'begun';
    }
  }

  /** @param slices the location of its bytes */
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

  /** Gives it up: its call is aborted, and fails. */
  cutOff(): void {
    if (!this.isOver) {
      this.ending.abort(new ClientGoneError());
    }
  }

  /** Resolves with the generated image once it is finished. */
  result(): Promise<T | undefined> {
    return new Promise((resolve) => {
      this.onOver(() => {
        resolve(this.made);
      });
    });
  }

  /** Calls the listener once it is finished; at once if it already is. */
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
