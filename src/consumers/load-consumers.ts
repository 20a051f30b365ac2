import { join } from 'node:path';
import { ConfigFileError } from '../config-file/config-file.error';
import { loadInWorker } from '../config-file/load-in-worker';
import { takeSnapshot, type Snapshot } from '../config-file/snapshot';
import type { ConfiguredConsumer } from '../context/consumer-registry';
import { parseConsumers } from './consumers-file';

/** Where consumers are configured, and what their limits depend on. */
export interface ConsumersSources {
  /** Undefined if there are none. */
  readonly file: string | undefined;
  /** The keys of `PROXY_API_KEY`. */
  readonly proxyKeys: readonly string[];
  /**
   * Why there is no ledger that daily and monthly limits could be counted in; undefined if there is
   * one.
   */
  readonly ledgerFault: string | undefined;
}

/** Reads the configured consumers and all files that they refer to. */
export function loadConsumers(sources: ConsumersSources): Snapshot<ConfiguredConsumer> {
  return takeSnapshot((readFile) => configuredConsumers(sources, readFile));
}

/** The same on a worker thread. */
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

/** A limit that cannot be enforced is worse than none, because the operator relies on it. */
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
      `consumers[${index}], ${name}: ${limit} needs a persistent ledger, but ${ledgerFault}`,
  );
}
