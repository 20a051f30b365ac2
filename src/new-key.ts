import { nameFault } from './consumers/consumer-entry';
import { freshKey } from './consumers/fresh-key';

/** `npm run key -- NAME`: generates a key for a consumer of that name, shown only once. */
const [name, ...others] = process.argv.slice(2);
const fault =
  name === undefined || others.length > 0 ? 'specify a name: npm run key -- NAME' : nameFault(name);

if (name === undefined || fault !== undefined) {
  console.error(`No key was generated: ${fault}`);
  process.exitCode = 1;
} else {
  const { key, yaml } = freshKey(name);
  console.log(
    `The key of ${name}, shown only once; give it to its holder:\n\n${key}\n\n` +
      `For the list in CONSUMERS_FILE (docs/consumers.md):\n\n${yaml}`,
  );
}
