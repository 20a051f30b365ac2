export interface QuotaStatus {
  /** Whether the database counts at present. */
  readonly isUp: boolean;
  readonly since: number;
  readonly reason: string | undefined;
}

export interface QuotaLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** Whether the database counts days and budgets; the log has one line for each change. */
export class QuotaAvailability {
  /** Whether requests ask the database. */
  isAsked = true;
  private state: QuotaStatus;

  constructor(
    private readonly log: QuotaLog,
    private readonly now: () => number,
  ) {
    this.state = { isUp: true, since: now(), reason: undefined };
  }

  get status(): QuotaStatus {
    return this.state;
  }

  up(): void {
    this.isAsked = true;
    if (!this.state.isUp) {
      this.state = { isUp: true, since: this.now(), reason: undefined };
      this.log.info({}, 'days and budgets of consumers are counted in the database again');
    }
  }

  down(reason: string): void {
    this.isAsked = false;
    this.slow(reason);
  }

  /** It has not replied for long, but no request has waited in vain. */
  slow(reason: string): void {
    if (this.state.isUp) {
      this.state = { isUp: false, since: this.now(), reason };
      this.log.warn(
        { reason },
        'the database is away or slow: each replica counts days and budgets of consumers from what it last saw, ' +
          'plus its own, until it is back',
      );
    }
  }
}
