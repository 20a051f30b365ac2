import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { LogLoss } from './log-loss';

/** How many bytes may be queued for a slow reader; further lines are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * The log's destination, standard output. A line that cannot be written is dropped and counted,
 * because no request and no shutdown may wait for a log. pino's own destination raises such a fault
 * as an uncaught error, and at the end of the process it retries for ever.
 */
export class LogOutput {
  private readonly loss = new LogLoss();
  /** Lines that were written to a pipe and are still in its buffer. */
  private waiting = 0;
  /** Whether the last line is incomplete: a full disk may take only the first half of a line. */
  private isTorn = false;
  /** Whether lines are discarded without counting as lost. */
  isMuted = false;

  constructor(private readonly stdout: Writable) {
    for (const stream of [stdout, process.stderr]) {
      // Without a listener, an error of either stream ends the process. Errors of the log also
      // reach the callbacks of its lines.
      stream.on('error', () => undefined);
    }
    process.once('exit', () => {
      say(this.loss.ended(this.waiting));
    });
  }

  write(line: string): void {
    if (this.isMuted) {
      return;
    }
    // Pipes, sockets and terminals are Node streams, which never block on a pipe. Writing to a file
    // or a device needs no waiting, and Node's stream for those loses the rest of a partly written
    // line.
    if (this.stdout instanceof Socket) {
      this.writeToPipe(this.stdout, line);
    } else {
      this.writeToFile(line);
    }
  }

  private writeToPipe(pipe: Socket, line: string): void {
    if (pipe.writableLength > MAX_WAITING_BYTES) {
      this.lose('no reader');
      return;
    }
    this.waiting++;
    pipe.write(line, (error) => {
      this.waiting--;
      if (error) {
        this.lose(reasonOf(error));
      } else {
        say(this.loss.written(Date.now()));
      }
    });
  }

  private writeToFile(line: string): void {
    const bytes = Buffer.from(this.isTorn ? `\n${line}` : line);
    let written = 0;
    try {
      while (written < bytes.length) {
        written += writeSync(1, bytes, written);
      }
      this.isTorn = false;
      say(this.loss.written(Date.now()));
    } catch (error) {
      this.isTorn ||= written > 0;
      this.lose(reasonOf(error));
    }
  }

  private lose(reason: string): void {
    say(this.loss.lost(1, reason, Date.now()));
  }
}

function say(text: string | undefined): void {
  if (text === undefined) {
    return;
  }
  try {
    process.stderr.write(`${text}\n`);
  } catch {
    // Node's stream for a file throws, and there is nowhere left to report it.
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}
