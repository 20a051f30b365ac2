import { useEffect, useState } from 'preact/hooks';
import { importHistory } from '../archive/history-archive';
import { addInputs, inputs, isMasking, maxInputs } from '../state/form';
import { isWorking } from '../state/runs';
import { FormPanel } from './form-panel';
import { MaskEditor } from '../mask/mask-editor';
import { isPanelShown } from './shortcuts';
import { Stage } from './stage';
import { showToast } from '../state/announcements';

export function Make() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      if (files.length > 0) {
        void take(files);
      }
    };
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('paste', onPaste);
    };
  }, []);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  return (
    <div
      id="view-make"
      role="tabpanel"
      aria-labelledby="tab-make"
      class={`make ${isPanelShown.value ? '' : 'without-panel'} ${isMasking.value ? 'is-masking' : ''} ${isWorking.value ? 'is-working' : ''}`}
      onDragOver={(event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={({ relatedTarget, currentTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) {
          setOver(false);
        }
      }}
      onDrop={(event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          setOver(false);
          void take([...(event.dataTransfer?.files ?? [])]);
        }
      }}
    >
      <h1 class="hidden">Make images</h1>
      <FormPanel />
      {isMasking.value && inputs.value.length > 0 ? <MaskEditor /> : <Stage />}
      {isOver && <p class="drop-hint">Drop to use as image {inputs.value.length + 1}</p>}
    </div>
  );
}

/** Pictures go along with the prompt; a history that somebody exported comes in. */
export async function take(given: readonly File[]): Promise<void> {
  const isArchive = ({ name }: File) => name.toLowerCase().endsWith('.zip');
  for (const archive of given.filter(isArchive)) {
    await importHistory(archive);
  }
  const files = given.filter((file) => !isArchive(file));
  const left = await addInputs(files);
  if (left > 0) {
    showToast(
      inputs.value.length >= maxInputs.value
        ? `${maxInputs.value} images are the most that go along.`
        : 'Only pictures can go along: PNG, JPEG, WebP.',
    );
  }
}
