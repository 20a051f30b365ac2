import pino from 'pino';
import pretty from 'pino-pretty';
import type { AppConfig } from '../config/app-config';

/** The process's one logger: JSON lines for machines, or readable ones for a person. */
export function createLogger(log: AppConfig['log']): pino.Logger {
  const isPretty = log.format === 'pretty' || (log.format === undefined && process.stdout.isTTY);
  const options: pino.LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return isPretty ? pino(options, pretty({ singleLine: true, sync: true })) : pino(options);
}
