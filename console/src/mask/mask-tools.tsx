import { useRef } from 'preact/hooks';
import { isMasking } from '../state/form';
import { Icon } from '../view/icon';
import { brush, isErasing, isMaskHidden } from './mask-state';
import { BRUSH_SIZES, brushSize } from './geometry';
import type { Painting } from './painting';
import { changes, tellChange } from './painting-state';

const BRUSH_SPAN = BRUSH_SIZES[1] - BRUSH_SIZES[0];

/** The bar of tools above the picture. */
export function MaskTools({ painting, load }: { painting: Painting; load: (file: Blob) => void }) {
  const file = useRef<HTMLInputElement>(null);
  const isFresh = changes.value === 0;
  const act = (action: () => void) => () => {
    action();
    tellChange();
  };
  return (
    <div class="mask-tools" role="toolbar" aria-label="Mask tools">
      <div class="segments" role="group" aria-label="Brush">
        <button
          type="button"
          aria-pressed={!isErasing.value}
          title="Paint B"
          onClick={() => {
            isErasing.value = false;
          }}
        >
          <Icon name="brush" />
          Paint
        </button>
        <button
          type="button"
          aria-pressed={isErasing.value}
          title="Erase X"
          onClick={() => {
            isErasing.value = true;
          }}
        >
          <Icon name="eraser" />
          Erase
        </button>
      </div>
      <label class="mask-size">
        <span>Size</span>
        <input
          class="slider"
          style={{ '--filled': `${((brush.value - BRUSH_SIZES[0]) / BRUSH_SPAN) * 100}%` }}
          type="range"
          min={BRUSH_SIZES[0]}
          max={BRUSH_SIZES[1]}
          value={brush.value}
          onInput={({ currentTarget }) => {
            brush.value = brushSize(Number(currentTarget.value));
          }}
        />
        <span class="mask-size-value">{brush.value} px</span>
      </label>
      <div class="mask-icons">
        <ToolButton
          name="Undo"
          icon="undo"
          isDisabled={isFresh || !painting.canUndo}
          onClick={act(() => {
            painting.undo();
          })}
        />
        <ToolButton
          name="Redo"
          icon="redo"
          isDisabled={isFresh || !painting.canRedo}
          onClick={act(() => {
            painting.redo();
          })}
        />
        <ToolButton
          name="Invert"
          icon="invert"
          onClick={act(() => {
            painting.invert();
          })}
        />
        <ToolButton
          name="Hide mask"
          icon="eye"
          isPressed={isMaskHidden.value}
          onClick={() => {
            isMaskHidden.value = !isMaskHidden.value;
          }}
        />
      </div>
      <div class="mask-ends">
        <button
          type="button"
          class="button quiet"
          onClick={act(() => {
            painting.clear();
          })}
        >
          Clear
        </button>
        <button type="button" class="button quiet" onClick={() => file.current?.click()}>
          <Icon name="load" />
          <span class="wide">Load mask</span>
        </button>
        <input
          ref={file}
          type="file"
          class="hidden"
          accept="image/png"
          tabIndex={-1}
          aria-label="A mask from a file"
          onChange={({ currentTarget }) => {
            const [chosen] = currentTarget.files ?? [];
            if (chosen !== undefined) {
              load(chosen);
            }
            currentTarget.value = '';
          }}
        />
        <button
          type="button"
          class="button"
          onClick={() => {
            isMasking.value = false;
          }}
        >
          Done
        </button>
      </div>
    </div>
  );
}

interface ToolProps {
  readonly name: string;
  readonly icon: 'undo' | 'redo' | 'invert' | 'eye';
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean;
  readonly onClick: () => void;
}

function ToolButton({ name, icon, isDisabled = false, isPressed, onClick }: ToolProps) {
  return (
    <button
      type="button"
      class="button quiet icon-only"
      aria-label={name}
      title={name}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
