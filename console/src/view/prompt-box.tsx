import { useEffect, useRef } from 'preact/hooks';
import {
  faultOf,
  form,
  inputs,
  isMasking,
  maxInputs,
  moveInput,
  removeInput,
  setField,
  type InputImage,
} from '../state/form';
import { hasMask } from '../mask/painting-state';
import { take } from './make';
import { Complaint, complaintProps } from './complaint';
import { Icon } from './icon';

const LONGEST = 32_000;
const COUNTED_FROM = 30_000;

export function PromptBox() {
  const text = useRef<HTMLTextAreaElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const { prompt } = form.value;
  useEffect(() => {
    const area = text.current;
    if (area !== null && !CSS.supports('field-sizing', 'content')) {
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight}px`;
    }
  }, [prompt]);
  const isInvalid = faultOf('prompt') !== '';
  const count = Array.from(prompt).length;
  return (
    <div class="field">
      <label class="label" for="prompt">
        Prompt
      </label>
      <div class={isInvalid ? 'prompt-box invalid' : 'prompt-box'}>
        {inputs.value.length > 0 && <Thumbs />}
        <textarea
          id="prompt"
          ref={text}
          dir="auto"
          rows={inputs.value.length > 0 ? 2 : 4}
          placeholder="What should the picture show?"
          value={prompt}
          {...complaintProps('prompt')}
          onInput={({ currentTarget }) => {
            setField('prompt', currentTarget.value);
          }}
        />
        <div class="prompt-foot">
          <button
            type="button"
            class="button quiet small"
            disabled={inputs.value.length >= maxInputs.value}
            onClick={() => file.current?.click()}
          >
            <Icon name="image" />
            Add image
          </button>
          <input
            ref={file}
            class="hidden"
            type="file"
            accept="image/*"
            multiple
            tabIndex={-1}
            aria-label="Images to send along"
            onChange={({ currentTarget }) => {
              void take([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
          <button
            type="button"
            class="button quiet small"
            aria-pressed={isMasking.value}
            disabled={inputs.value.length === 0}
            title={
              inputs.value.length === 0
                ? 'Add an image first: a mask says which part of it changes.'
                : !hasMask.value
                  ? 'Paint what should change'
                  : 'A mask goes along'
            }
            onClick={() => {
              isMasking.value = !isMasking.value;
            }}
          >
            <Icon name="brush" />
            Mask
          </button>
          <span class="prompt-count">
            {count > COUNTED_FROM
              ? `${count} of ${LONGEST}`
              : `${inputs.value.length} of ${maxInputs.value}`}
          </span>
        </div>
      </div>
      <Complaint field="prompt" />
    </div>
  );
}

function Thumbs() {
  return (
    <ol class="thumbs" aria-label="Images that go along">
      {inputs.value.map((image, index) => (
        <Thumb key={image.id} image={image} number={index + 1} />
      ))}
    </ol>
  );
}

const DRAGGED = 'application/x-easel-input';

function Thumb({ image, number }: { image: InputImage; number: number }) {
  return (
    <li
      class="thumb"
      draggable
      onDragStart={({ dataTransfer }) => {
        dataTransfer?.setData(DRAGGED, image.id);
      }}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes(DRAGGED)) {
          event.preventDefault();
        }
      }}
      onDrop={(event) => {
        const id = event.dataTransfer?.getData(DRAGGED);
        if (id) {
          event.preventDefault();
          const from = inputs.value.findIndex((other) => other.id === id);
          moveInput(id, number - 1 - from);
        }
      }}
    >
      <img src={image.url} alt={`Image ${number}`} />
      <span class="thumb-number" aria-hidden="true">
        {number}
      </span>
      <button
        type="button"
        class="thumb-remove"
        aria-label={`Remove image ${number}`}
        title="Remove. Alt and an arrow moves it."
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (event.altKey && step !== undefined) {
            event.preventDefault();
            moveInput(image.id, step);
          }
        }}
        onClick={() => {
          removeInput(image.id);
        }}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
