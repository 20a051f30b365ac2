import { fileName } from '../logic/words';
import { showToast } from '../state/announcements';
import { form, isMasking, replaceInputs, addInputs } from '../state/form';
import type { Picture } from '../state/frame';
import { dropFrames, start } from '../state/runs';
import { remove, keep } from '../state/history';
import { saveBlob } from '../state/save-blob';
import { showTab } from '../state/session';
import { byId } from './by-id';
import { opened } from './viewer-state';
import { coded } from './code-state';

export function savePicture({ blob, asked, at, format }: Picture): void {
  saveBlob(blob, fileName(asked.form.prompt, at, format));
}

/** Browsers take PNG only. */
export async function copyPicture({ blob }: Picture): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': asPng(blob) })]);
    showToast('Copied');
  } catch {
    showToast('This browser does not let pages copy pictures here. Save it instead.');
  }
}

async function asPng(blob: Blob): Promise<Blob> {
  if (blob.type === 'image/png') {
    return blob;
  }
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Puts the picture in as image 1, and opens the brush on it. */
export async function editPicture({ blob }: Picture): Promise<void> {
  opened.value = undefined;
  showTab('make');
  await replaceInputs([blob]);
  form.value = { ...form.value, ratio: '' };
  isMasking.value = true;
}

export async function usePicture({ blob }: Picture): Promise<void> {
  opened.value = undefined;
  showTab('make');
  await addInputs([blob]);
  byId('prompt')?.focus();
}

/** The same request once more, for one picture. */
export function makeAgain({ asked, width, height }: Picture): void {
  opened.value = undefined;
  showTab('make');
  start({ ...asked, form: { ...asked.form, images: 1 } }, asked.form.ratio || `${width}:${height}`);
}

/** The picture once more, differently: same subject, same style, another composition. */
export function varyPicture({ asked, blob, width, height }: Picture): void {
  opened.value = undefined;
  showTab('make');
  start(
    {
      form: { ...asked.form, images: 1 },
      images: [blob],
      mask: undefined,
      isVariation: true,
    },
    `${width}:${height}`,
  );
}

export function removePicture(picture: Picture): void {
  opened.value = undefined;
  dropFrames(new Set([picture.id]));
  void remove([picture.id]);
  showToast('Removed.', () => void keep(picture));
}

export function showCode(picture: Picture): void {
  coded.value = picture;
}

/** What a single letter does on a picture; says whether it was one of them. */
export function pictureKey(key: string, picture: Picture): boolean {
  const action = {
    o: () => {
      opened.value = picture;
    },
    s: () => {
      savePicture(picture);
    },
    c: () => {
      showCode(picture);
    },
    y: () => void copyPicture(picture),
    e: () => void editPicture(picture),
    u: () => void usePicture(picture),
    v: () => {
      varyPicture(picture);
    },
    a: () => {
      makeAgain(picture);
    },
    delete: () => {
      removePicture(picture);
    },
  }[key.toLowerCase()];
  action?.();
  return action !== undefined;
}
