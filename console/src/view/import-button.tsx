import type { ComponentChildren } from 'preact';
import { importHistory } from '../archive/history-archive';

interface ImportProps {
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Asks for a file with pictures that were exported, here or in another browser. */
export function ImportButton({ class: name, children }: ImportProps) {
  const onClick = () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.zip,application/zip';
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (file !== undefined) {
        void importHistory(file);
      }
    });
    input.click();
  };
  return (
    <button type="button" class={name} onClick={onClick}>
      {children}
    </button>
  );
}
