import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the console, ready to be sent. */
export interface ConsoleFile {
  readonly type: string;
  readonly entityTag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.woff2', 'font/woff2'],
]);

const PAGE = 'index.html';

/**
 * The built page and its assets, a few hundred kilobytes, read once. A requested name is only
 * looked up here, so path traversal is impossible.
 */
export class ConsoleFiles {
  private constructor(
    /** The page for an address that ends in a slash, with URLs relative to it. */
    readonly pageBelow: ConsoleFile,
    /** The same page for `/console`. */
    readonly pageBeside: ConsoleFile,
    readonly assets: ReadonlyMap<string, ConsoleFile>,
  ) {}

  /**
   * Undefined if the console has not been built.
   *
   * @param folder Vite's output: `index.html`, and `assets/` with hashes in its names
   */
  static read(folder: string): ConsoleFiles | undefined {
    let page: string;
    let names: readonly string[];
    try {
      page = readFileSync(join(folder, PAGE), 'utf8');
      names = readdirSync(join(folder, 'assets'));
    } catch {
      return undefined;
    }
    const assets = names.flatMap((name): [string, ConsoleFile][] => {
      const type = TYPES.get(extname(name));
      return type === undefined
        ? []
        : [[name, consoleFile(type, readFileSync(join(folder, 'assets', name)))]];
    });
    return new ConsoleFiles(pageOf(page), pageOf(besideConsole(page)), new Map(assets));
  }
}

/** `./assets/` relative to `/console/` is `./console/assets/` relative to `/console`. */
export function besideConsole(page: string): string {
  return page.replaceAll(/(\b(?:src|href)=")\.\//g, '$1./console/');
}

function pageOf(html: string): ConsoleFile {
  return consoleFile(TYPES.get('.html') ?? '', Buffer.from(html));
}

function consoleFile(type: string, bytes: Buffer): ConsoleFile {
  const digest = hash('sha256', bytes, 'base64url').slice(0, 22);
  return { type, entityTag: `"${digest}"`, bytes, gzipped: gzipSync(bytes, { level: 9 }) };
}
