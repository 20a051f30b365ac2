import { parseEntries } from '../config-file/entries-file';
import { keyDigest, type ConfiguredConsumer } from '../context/consumer-registry';
import { member } from '../json/unknown-json';
import { isConsumerName, readConsumer } from './consumer-entry';

/**
 * Parses a consumers file, YAML or JSON.
 *
 * @param readFile reads a key's file; throws if it cannot
 * @param proxyKeys the keys of `PROXY_API_KEY`, which no consumer in the file may have
 * @throws ConfigFileError listing every fault at once, with the consumer's index and line, but
 * without keys
 */
export function parseConsumers(
  text: string,
  readFile: (path: string) => string,
  proxyKeys: readonly string[],
): readonly ConfiguredConsumer[] {
  return parseEntries(
    text,
    {
      list: 'consumers',
      noun: 'a consumer',
      isAlone: true,
      labelOf,
      read: readConsumer,
      claimsOf,
      claimed: new Map(
        proxyKeys.map((key) => [keyClaim(keyDigest(key).toString('hex')), 'PROXY_API_KEY']),
      ),
    },
    readFile,
  );
}

function claimsOf({ consumer: { name }, keys }: ConfiguredConsumer) {
  return [
    ...(name === '' ? [] : [{ what: 'its name', value: `name ${name}` }]),
    ...keys.flatMap((digest, index) =>
      digest === ''
        ? []
        : [{ what: keys.length === 1 ? 'its key' : `keys[${index}]`, value: keyClaim(digest) }],
    ),
  ];
}

function keyClaim(digest: string): string {
  return `key ${digest}`;
}

function labelOf(entry: unknown): string | undefined {
  const name = member(entry, 'name');
  return typeof name === 'string' && isConsumerName(name.trim()) ? name.trim() : undefined;
}
