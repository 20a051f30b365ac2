/**
 * An outage is over once no line was lost for this long: a disk that is nearly full accepts every
 * other line.
 */
const QUIET_MS = 10_000;

/**
 * Counts the log lines that could not be written, and decides what to report: once when the losses
 * begin, and their number when the log works again or the process ends.
 */
export class LogLoss {
  private lines = 0;
  private lastAt = 0;

  /** @returns what to report now; undefined if it was reported already */
  lost(lines: number, reason: string, now: number): string | undefined {
    const isFirst = this.lines === 0;
    this.lines += lines;
    this.lastAt = now;
    return isFirst
      ? `The log cannot be written (${reason}): its lines are dropped and counted, requests are served as before.`
      : undefined;
  }

  /** Called for each line that was written. */
  written(now: number): string | undefined {
    if (this.lines === 0 || now - this.lastAt < QUIET_MS) {
      return undefined;
    }
    const text = `The log is written again: ${lost(this.lines)}.`;
    this.lines = 0;
    return text;
  }

  /** @param pending lines that were accepted for writing, and will no longer be written */
  ended(pending: number): string | undefined {
    const lines = this.lines + pending;
    return lines === 0 ? undefined : `${lost(lines)}, because it could not be written.`;
  }
}

function lost(lines: number): string {
  return lines === 1 ? '1 line of the log was lost' : `${lines} lines of the log were lost`;
}
