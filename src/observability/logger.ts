import pino from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { LogOutput } from './log-output';
import { prettyMessage } from './pretty-message';

/** The logger of the process: JSON lines for machines, or human-readable ones. */
export function createLogger(
  log: AppConfig['log'],
  output = new LogOutput(process.stdout),
): pino.Logger {
  const isPretty = log.format === 'pretty' || (log.format === undefined && process.stdout.isTTY);
  const options: pino.LoggerOptions = {
    level: log.level,
    base: { service: 'easel', version: VERSION },
    ...(log.levelFormat === 'label' ? { formatters: { level: (level) => ({ level }) } } : {}),
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (!isPretty) {
    return pino(options, output);
  }
  const pretty = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    messageFormat: prettyMessage,
  });
  return pino(options, {
    write: (line) => {
      output.write(pretty(line));
    },
  });
}
