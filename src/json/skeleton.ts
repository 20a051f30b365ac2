import { BlobJsonError } from './blob-json.error';
import type { JsonBlob } from './json-blob';

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const BYTE_ORDER_MARK = '\ufeff';
/** The escape of a surrogate; only an unpaired one is a fault. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** The text of a document without its long strings. */
export function skeletonText(bytes: Buffer): string {
  const decoded = bytes.toString('utf8');
  return decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
}

/**
 * The value of a document whose long strings were replaced by tokens, with the blobs put back. A
 * member with a long key is left out: no document that is read here needs one.
 *
 * @throws BlobJsonError `truncated` if nothing arrived or something is still open at the end,
 * otherwise `malformed`
 */
export function parseSkeleton(text: string, blobs: ReadonlyMap<string, JsonBlob>): unknown {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw new BlobJsonError(isUnfinished(text) ? 'truncated' : 'malformed');
  }
  return blobs.size === 0 && !SURROGATE_ESCAPE.test(text) ? tree : completed(tree, blobs);
}

/** Whether brackets are nested deeper than this. It stops at the first that are. */
export function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      inString = !inString;
    } else if (inString) {
      at += code === BACKSLASH ? 1 : 0;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) {
        return true;
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return false;
}

/** Distinguishes, as far as possible, a document that was cut off from one that is malformed. */
function isUnfinished(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      inString = !inString;
    } else if (inString) {
      at += character === '\\' ? 1 : 0;
    } else if (character === '{' || character === '[') {
      depth += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return depth > 0 || /^[ \t\r\n]*$/.test(text);
}

/**
 * Puts the blobs back, and U+FFFD in place of unpaired surrogates, which UTF-8 cannot express; long
 * strings get it too. Uses its own list instead of recursion, because a hostile tree may be deeper
 * than the call stack.
 */
function completed(tree: unknown, blobs: ReadonlyMap<string, JsonBlob>): unknown {
  const root = { tree };
  const pending: object[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const members = node as Record<string | number, unknown>;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      const child = members[key];
      if (typeof key === 'string' && blobs.has(key)) {
        Reflect.deleteProperty(members, key);
      } else if (typeof child === 'string') {
        members[key] = blobs.get(child) ?? wellFormed(child);
      } else if (typeof child === 'object' && child !== null) {
        pending.push(child);
      }
    }
  }
  return root.tree;
}

/** `toWellFormed` of ES2024, which Node 20 has but its types do not declare. */
function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}
