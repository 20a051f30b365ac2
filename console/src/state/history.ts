import { computed, signal } from '@preact/signals';
import { EMPTY_FORM } from '../logic/generation-request';
import { matches, toPrune } from '../logic/history-pruning';
import type { Picture } from './frame';

const DATABASE = 'easel';
const STORE = 'pictures';

/** Newest first. */
export const pictures = signal<readonly Picture[]>([]);
export const search = signal('');
/** False in a private window: pictures then last only as long as the page. */
export const isKept = signal(true);

export const found = computed(() =>
  search.value.trim() === ''
    ? pictures.value
    : pictures.value.filter(({ asked }) => matches(asked.form.prompt, search.value)),
);

let database: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(STORE, { keyPath: 'id' });
    };
    opening.onsuccess = () => {
      resolve(opening.result);
    };
    opening.onerror = () => {
      reject(opening.error ?? new Error('IndexedDB does not open'));
    };
  });
  return database;
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => {
      resolve(asked.result);
    };
    asked.onerror = () => {
      reject(asked.error ?? new Error('IndexedDB failed'));
    };
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  return (await open()).transaction(STORE, mode).objectStore(STORE);
}

export async function loadHistory(): Promise<void> {
  try {
    const all = await done((await store('readonly')).getAll() as IDBRequest<Picture[]>);
    const fresh = new Set(pictures.value.map(({ id }) => id));
    const kept = all
      .filter(({ id }) => !fresh.has(id))
      .map(withWholeForm)
      .sort((one, other) => other.at - one.at);
    pictures.value = [...pictures.value, ...kept];
  } catch {
    isKept.value = false;
  }
}

/** A picture stored by an older version of this page lacks newer fields. */
function withWholeForm(picture: Picture): Picture {
  const { asked } = picture;
  const form = { ...EMPTY_FORM, ...asked.form };
  return { ...picture, asked: { ...{ isVariation: false }, ...asked, form } };
}

export function keep(picture: Picture): Promise<void> {
  return keepAll([picture]);
}

export async function keepAll(fresh: readonly Picture[]): Promise<void> {
  pictures.value = [...fresh, ...pictures.value].sort((one, other) => other.at - one.at);
  try {
    const objects = await store('readwrite');
    await Promise.all(fresh.map((picture) => done(objects.put(picture))));
    isKept.value = true;
  } catch {
    isKept.value = false;
  }
  const sizes = pictures.value.map(({ id, at, blob, preview, asked }) => {
    const given = asked.images.reduce((sum, { size }) => sum + size, asked.mask?.size ?? 0);
    return { id, at, bytes: blob.size + preview.size + given };
  });
  await remove(toPrune(sizes));
}

export async function remove(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) {
    return;
  }
  const gone = new Set(ids);
  pictures.value = pictures.value.filter(({ id }) => !gone.has(id));
  ids.forEach(forgetUrl);
  try {
    const objects = await store('readwrite');
    await Promise.all(ids.map((id) => done(objects.delete(id))));
  } catch {
    isKept.value = false;
  }
}

export async function clearHistory(): Promise<void> {
  await remove(pictures.value.map(({ id }) => id));
  search.value = '';
}

const urls = new Map<string, string>();

/** One object URL for each preview, made when it is first shown. */
export function previewUrl({ id, preview }: Picture): string {
  const url = urls.get(id) ?? URL.createObjectURL(preview);
  urls.set(id, url);
  return url;
}

function forgetUrl(id: string): void {
  const url = urls.get(id);
  if (url !== undefined) {
    URL.revokeObjectURL(url);
    urls.delete(id);
  }
}
