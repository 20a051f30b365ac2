import { announcement, toast } from '../state/announcements';
import { config } from '../state/session';
import { Bar } from './bar';
import { ConfirmDialog } from './confirm-dialog';
import { KeyCard } from './key-card';
import { Make } from './make';

export function App() {
  return (
    <>
      <a class="skip" href="#prompt">
        Skip to Prompt
      </a>
      <Bar />
      {config.value === undefined ? <KeyCard /> : <View />}
      <ConfirmDialog />
      <Toast />
      <div class="hidden" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

function View() {
  return (
    <main>
      <Make />
    </main>
  );
}

function Toast() {
  const { value } = toast;
  if (value === undefined) {
    return null;
  }
  const { text, undo } = value;
  return (
    <div class="toast">
      {text}
      {undo !== undefined && (
        <button
          type="button"
          class="toast-undo"
          onClick={() => {
            toast.value = undefined;
            undo();
          }}
        >
          Undo
        </button>
      )}
    </div>
  );
}
