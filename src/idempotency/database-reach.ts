/**
 * `late`: no response in time, which may be this one question's own fault. `refused`: a response that says no.
 * `unreachable`: no connection.
 */
export type DatabaseFailure = 'late' | 'refused' | 'unreachable';

/** So many questions in a row that are late are no coincidence. */
const MAX_LATE = 3;
/** A database that was away is asked again after this. */
const AWAY_MS = 5000;

/** Whether a database is away, as far as its responses tell. */
export class DatabaseReach {
  private late = 0;
  private awayUntil = 0;

  isAway(now: number): boolean {
    return now < this.awayUntil;
  }

  responded(): void {
    [this.late, this.awayUntil] = [0, 0];
  }

  failed(failure: DatabaseFailure, now: number): void {
    if (failure === 'refused') {
      this.responded();
      return;
    }
    this.late += 1;
    if (failure === 'unreachable' || this.late >= MAX_LATE) {
      this.awayUntil = now + AWAY_MS;
    }
  }
}
