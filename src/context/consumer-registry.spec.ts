import { ConsumerRegistry, keyDigest, type ConfiguredConsumer } from './consumer-registry';

const configured = (name: string, ...keys: readonly string[]): ConfiguredConsumer => ({
  consumer: { name, role: 'member', enabled: true },
  keys: keys.map((key) => keyDigest(key).toString('hex')),
});

describe('ConsumerRegistry', () => {
  const holderOf = (registry: ConsumerRegistry, key: string) => registry.holderOf(key)?.name;

  it('finds the holder of each key, by the bytes of the header', () => {
    const registry = new ConsumerRegistry(
      ['of-proxy', 'clé'],
      [configured('design', 'one', 'two'), configured('shop', 'three')],
    );
    const keys = ['one', 'two', 'three', 'of-proxy', 'clé', 'nobodys', ''];
    const onTheWire = keys.map((key) => Buffer.from(key, 'utf8').toString('latin1'));
    expect(onTheWire.map((key) => holderOf(registry, key))).toEqual([
      'design',
      'design',
      'shop',
      'proxy',
      'proxy',
      undefined,
      undefined,
    ]);
    expect(registry.list().map(({ name }) => name)).toEqual(['design', 'shop']);
  });

  it('has only the current consumers, and always the proxy', () => {
    const registry = new ConsumerRegistry(['of-proxy'], [configured('design', 'one')]);
    registry.replace([configured('shop', 'three')]);
    expect(['one', 'three', 'of-proxy'].map((key) => holderOf(registry, key))).toEqual([
      undefined,
      'shop',
      'proxy',
    ]);
  });

  it('holds digests of keys, and no key', () => {
    const registry = new ConsumerRegistry(['key-of-the-proxy'], [configured('design', 'key-one')]);
    expect(
      JSON.stringify(registry, (_name, value: unknown) =>
        value instanceof Map ? [...value] : value,
      ),
    ).not.toMatch(/key-of-the-proxy|key-one/);
  });
});
