import { keyDigest } from '../context/consumer-registry';
import { parseConsumers } from './consumers-file';
import { freshKey } from './fresh-key';

describe('freshKey', () => {
  it.each(['design', '1e5', '007', 'no', '2027-03-31'])(
    'is another each time, and its YAML makes it the key of %s',
    (name) => {
      const { key, yaml } = freshKey(name);
      expect(key).toMatch(/^sk-easel-[A-Za-z0-9_-]{43}$/);
      expect(freshKey(name).key).not.toBe(key);
      expect(yaml).not.toContain(key);
      expect(parseConsumers(`consumers:\n${yaml}`, () => '', [])).toEqual([
        {
          consumer: { name, role: 'member', enabled: true },
          keys: [keyDigest(key).toString('hex')],
        },
      ]);
    },
  );
});
