import { startEmulator } from './emulator';
import { readSettings } from './settings';

/** `npm run emulator`: the stand-alone emulator, until it is interrupted. */
async function main(): Promise<void> {
  const emulator = await startEmulator(readSettings(process.env));
  process.stdout.write(
    `Gemini emulator listening on ${emulator.url} (control routes: ${emulator.url}/emulator)\n`,
  );
  const stop = (): void => {
    void emulator.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
