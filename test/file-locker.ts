import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Another program that has a file of SQLite for itself, and something in it half written. */
export async function lockFile(file: string): Promise<{ readonly kill: () => Promise<void> }> {
  const program = `
    const database = new (require('libsql'))(process.argv[1], { timeout: 60_000 });
    database.exec('begin exclusive');
    database.exec('create table if not exists others (text)');
    database.exec("insert into others values (hex(randomblob(5000)))");
    process.stdout.write('locked');
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['-e', program, file], {
    cwd: join(__dirname, '..'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => {
      throw new Error(`${file} could not be locked`);
    }),
  ]);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
