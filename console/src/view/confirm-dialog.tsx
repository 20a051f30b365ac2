import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  readonly question: string;
  readonly detail: string;
  readonly yes: string;
  readonly no: string;
}

const asked = signal<(Question & { resolve: (answer: boolean) => void }) | undefined>(undefined);

export function confirm(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.value = { ...question, resolve };
  });
}

export function ConfirmDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { value } = asked;
  useEffect(() => {
    if (value !== undefined) {
      dialog.current?.showModal();
    }
  }, [value]);
  if (value === undefined) {
    return null;
  }
  const answer = (isYes: boolean) => {
    asked.value = undefined;
    value.resolve(isYes);
  };
  return (
    <dialog
      class="card confirm"
      ref={dialog}
      aria-labelledby="confirm-question"
      onCancel={() => {
        answer(false);
      }}
    >
      <h2 id="confirm-question">{value.question}</h2>
      <p>{value.detail}</p>
      <div class="actions">
        <button
          type="button"
          class="button"
          onClick={() => {
            answer(false);
          }}
        >
          {value.no}
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => {
            answer(true);
          }}
        >
          {value.yes}
        </button>
      </div>
    </dialog>
  );
}
