/**
 * `late`: no response in time, possibly because of this query alone. `refused`: a negative
 * response. `unreachable`: no connection.
 */
export type DatabaseFailure = 'late' | 'refused' | 'unreachable';

/** This many late queries in a row are no coincidence. */
const MAX_LATE = 3;
/** After an outage the database is queried again after this time. */
const AWAY_MS = 5000;

/** Whether a database is away, according to its responses. */
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
