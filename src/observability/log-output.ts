import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { LogLoss } from './log-loss';

/** How much may wait for a reader that does not keep up; what comes on top of that is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Where the log goes: standard output. A line that it does not take is dropped and counted, for no
 * request and no shutdown may wait for a log. pino's own destination hands such a fault on as an
 * uncaught one, and at the end of the process it tries again for ever.
 */
export class LogOutput {
  private readonly loss = new LogLoss();
  /** Lines handed to a pipe which it has not taken yet. */
  private waiting = 0;
  /** A full disk may take the first half of a line. */
  private isTorn = false;

  constructor(private readonly stdout: Writable) {
    for (const stream of [stdout, process.stderr]) {
      // Without a listener a fault of either ends the process; those of the log arrive with its lines.
      stream.on('error', () => undefined);
    }
    process.once('exit', () => {
      say(this.loss.ended(this.waiting));
    });
  }

  write(line: string): void {
    // Pipes, sockets and terminals are streams of Node's, which never block on a pipe. A file or a device is not
    // waited for in any case; and Node's stream for those loses the rest of a line that was written in part.
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
    // Node's stream for a file throws; and there is nowhere left to say it.
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}
