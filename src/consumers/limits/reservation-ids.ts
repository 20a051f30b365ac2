import { randomUUID } from 'node:crypto';

/** Ids of a process's reservations, unique across all replicas. */
export class ReservationIds {
  private readonly replica = randomUUID();
  private count = 0;

  next(): string {
    this.count += 1;
    return `${this.replica}:${this.count}`;
  }
}
