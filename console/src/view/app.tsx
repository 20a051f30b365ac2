import { announcement, toast } from '../state/announcements';
import { config, shownTab } from '../state/session';
import { Bar } from './bar';
import { CodeSheet } from './code-sheet';
import { ConfirmDialog } from './confirm-dialog';
import { KeyCard } from './key-card';
import { KeySheet } from './key-sheet';
import { Make } from './make';
import { Pool } from './pool';
import { SkipLink } from './skip-link';
import { Usage } from './usage';
import { Viewer } from './viewer';

export function App() {
  return (
    <>
      <SkipLink />
      <Bar />
      {config.value === undefined ? <KeyCard /> : <View />}
      <Viewer />
      <CodeSheet />
      <KeySheet />
      <ConfirmDialog />
      <Toast />
      <div class="hidden" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

function View() {
  const name = shownTab.value;
  return (
    <main>
      {name === 'make' && <Make />}
      {name === 'pool' && <Pool />}
      {name === 'usage' && <Usage />}
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
    <section class="toast" aria-label="Note">
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
    </section>
  );
}
