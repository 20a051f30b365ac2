import { join } from 'node:path';
import { ConfigFileError } from '../config-file/config-file.error';
import { loadInWorker } from '../config-file/load-in-worker';
import { takeSnapshot, type Snapshot } from '../config-file/snapshot';
import type { ConfiguredConsumer } from '../context/consumer-registry';
import { parseConsumers } from './consumers-file';

/** Where consumers are configured, and what a rule of theirs may rest on. */
export interface ConsumersSources {
  /** Undefined where there are none. */
  readonly file: string | undefined;
  /** The keys of `PROXY_API_KEY`. */
  readonly proxyKeys: readonly string[];
  /** Why there is no ledger that days and money can be counted by; undefined where there is. */
  readonly ledgerFault: string | undefined;
}

/** Reads the configured consumers and all files that they name. */
export function loadConsumers(sources: ConsumersSources): Snapshot<ConfiguredConsumer> {
  return takeSnapshot((readFile) => configuredConsumers(sources, readFile));
}

/** The same on a thread of its own. */
export function loadConsumersInWorker(
  sources: ConsumersSources,
): Promise<Snapshot<ConfiguredConsumer>> {
  return loadInWorker(join(__dirname, 'load-consumers.worker.js'), sources);
}

function configuredConsumers(
  { file, proxyKeys, ledgerFault }: ConsumersSources,
  readFile: (path: string) => string,
): readonly ConfiguredConsumer[] {
  if (file === undefined) {
    return [];
  }
  let text: string;
  try {
    text = readFile(file);
  } catch {
    throw new ConfigFileError('consumers', [`CONSUMERS_FILE cannot be read: ${file}`]);
  }
  const consumers = parseConsumers(text, readFile, proxyKeys);
  const faults =
    ledgerFault === undefined
      ? []
      : consumers.flatMap((consumer, index) => withoutLedger(consumer, index, ledgerFault));
  if (faults.length > 0) {
    throw new ConfigFileError('consumers', faults);
  }
  return consumers;
}

/** A limit that nothing can hold is worse than none: whoever set it relies on it. */
function withoutLedger(
  { consumer }: ConfiguredConsumer,
  index: number,
  ledgerFault: string,
): readonly string[] {
  const { name, limits, budget } = consumer;
  return [
    ...(limits?.imagesPerDay === undefined ? [] : ['limits.imagesPerDay']),
    ...(budget === undefined ? [] : ['budget.usdPerMonth']),
  ].map(
    (limit) =>
      `consumers[${index}], ${name}: ${limit} needs a ledger that lasts, but ${ledgerFault}`,
  );
}
