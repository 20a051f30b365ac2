import pino from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { AppConfig } from '../config/app-config';
import { LogOutput } from './log-output';

/** The logger of the process: JSON lines for machines, or readable ones for people. */
export function createLogger(log: AppConfig['log']): pino.Logger {
  const isPretty = log.format === 'pretty' || (log.format === undefined && process.stdout.isTTY);
  const options: pino.LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const output = new LogOutput(process.stdout);
  if (!isPretty) {
    return pino(options, output);
  }
  const pretty = prettyFactory({ singleLine: true });
  return pino(options, {
    write: (line) => {
      output.write(pretty(line));
    },
  });
}
