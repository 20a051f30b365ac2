import { useEffect, useState } from 'preact/hooks';
import { errorWords, type ErrorWords, type Failure, type NextStep } from '../logic/error-words';
import { counted } from '../logic/words';
import { alert } from '../state/announcements';
import { forgetKey } from '../state/api-key';
import { now } from '../state/now';
import { retryMissing } from '../state/runs';
import { config, loadConfig, showTab, tabs } from '../state/session';
import { byId } from './by-id';
import { CopyId } from './copy-id';
import { Icon } from './icon';

/** It never sends by itself: what was asked for may have been charged. */
const BACK: ErrorWords = {
  title: 'Easel answers again.',
  detail: 'Your form is as you left it.',
  tone: 'warn',
  next: 'retry',
};

/** What went wrong, in words, and what to do about it. */
export function AlertBox() {
  const { value } = alert;
  if (value === undefined) {
    return null;
  }
  return <Shown {...value} />;
}

const ASK_AGAIN_MS = 5000;

function Shown({ failure, at }: { failure: Failure; at: number }) {
  const [isBack, setBack] = useState(false);
  const isAway = failure.status === 0;
  useEffect(() => {
    setBack(false);
    if (!isAway) {
      return;
    }
    const timer = setInterval(() => {
      void loadConfig().then((answers) => {
        if (answers) {
          setBack(true);
          clearInterval(timer);
        }
      });
    }, ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [at]);
  const words = isBack ? BACK : errorWords(failure);
  const left =
    words.retryAfterMs === undefined
      ? 0
      : // The page's clock ticks twice a second: it may still be behind the alert.
        Math.max(0, Math.ceil((at + words.retryAfterMs - Math.max(at, now.value)) / 1000));
  return (
    <div class={`alert ${words.tone}`} role="alert">
      <Icon name={words.tone === 'warn' ? 'clock' : 'bad'} />
      <div>
        <p class="alert-title">{words.title}</p>
        <p>{words.detail}</p>
        <div class="actions">
          <Next next={words.next} left={left} />
          {words.retryAfterMs !== undefined && config.value?.role === 'operator' && (
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                showTab('pool');
              }}
            >
              See the pool
            </button>
          )}
          <span class="caption">
            {failure.status > 0 && failure.status}
            {failure.requestId && (
              <>
                {' · request '}
                <CopyId id={failure.requestId} />
              </>
            )}
          </span>
        </div>
      </div>
    </div>
  );
}

function Next({ next, left }: { next: NextStep | undefined; left: number }) {
  switch (next) {
    case 'retry':
      return (
        <button type="button" class="button" disabled={left > 0} onClick={retryMissing}>
          <Icon name="again" />
          {left > 0 ? `Try again in ${left} s` : 'Try again'}
          {left > 0 && <span class="hidden">, {counted(left, 'second')}</span>}
        </button>
      );
    case 'prompt':
      return (
        <button type="button" class="button" onClick={() => byId('prompt')?.focus()}>
          <Icon name="edit" />
          Change the prompt
        </button>
      );
    case 'usage':
    case 'pool':
      return !tabs.value.includes(next) ? null : (
        <button
          type="button"
          class="button"
          onClick={() => {
            showTab(next);
          }}
        >
          {next === 'pool' ? 'See the pool' : 'Usage'}
        </button>
      );
    case 'key':
      return (
        <button
          type="button"
          class="button"
          onClick={() => {
            forgetKey();
            config.value = undefined;
            void loadConfig('');
          }}
        >
          <Icon name="key" />
          Enter a key
        </button>
      );
    case undefined:
      return null;
  }
}
