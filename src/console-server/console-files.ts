import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the console as it is sent. */
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
 * The built page and its assets, read once: there are a few hundred kilobytes of them. A name that a client asks for
 * is only looked up here, so no path leads anywhere else.
 */
export class ConsoleFiles {
  private constructor(
    /** The page under an address that ends in a slash, so that its relative URLs begin below it. */
    readonly pageBelow: ConsoleFile,
    /** The same page under `/console`. */
    readonly pageBeside: ConsoleFile,
    readonly assets: ReadonlyMap<string, ConsoleFile>,
  ) {}

  /**
   * Undefined where the console has not been built.
   *
   * @param folder what Vite wrote: `index.html`, and `assets/` with hashes in its names
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

/** What `./assets/` is below `/console/` is `./console/assets/` at `/console`. */
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
