import { useEffect, useRef, useState } from 'preact/hooks';
import { errorWords, isRoleTooSmall, keyComplaint } from '../logic/error-words';
import { apiKey } from '../state/api-key';
import { configFailure, enterKey, loadConfig } from '../state/session';
import { Icon } from './icon';

/** Asks for the key, or says that the server does not respond. */
export function KeyCard() {
  const failure = configFailure.value;
  if (failure === undefined) {
    return (
      <main class="centre" aria-busy="true">
        <p class="hidden">Loading</p>
      </main>
    );
  }
  return failure.status === 401 || isRoleTooSmall(failure) ? <KeyForm /> : <Unreachable />;
}

function KeyForm() {
  const field = useRef<HTMLInputElement>(null);
  const [isRemembered, setRemembered] = useState(false);
  const [complaint, setComplaint] = useState(apiKey.value === '' ? '' : complaintOf());
  useEffect(() => field.current?.focus(), []);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? '';
    if (key === '') {
      setComplaint('Enter a key first.');
    } else if (!(await enterKey(key, isRemembered))) {
      setComplaint(complaintOf());
    }
    field.current?.focus();
  };
  return (
    <main class="centre">
      <form class="card key-card" onSubmit={(event) => void onSubmit(event)}>
        <h1>Enter your API key</h1>
        <p class="second">This server wants one; ask whoever runs it.</p>
        <label class="label" for="api-key">
          API key
        </label>
        <input
          id="api-key"
          class="input"
          type="password"
          autocomplete="off"
          spellcheck={false}
          ref={field}
          aria-invalid={complaint !== ''}
          aria-describedby="key-complaint"
        />
        <div id="key-complaint" role="alert">
          {complaint !== '' && (
            <p class="complaint">
              <Icon name="bad" />
              <span>{complaint}</span>
            </p>
          )}
        </div>
        <label class="tick">
          <input
            type="checkbox"
            checked={isRemembered}
            onChange={({ currentTarget }) => {
              setRemembered(currentTarget.checked);
            }}
          />
          Remember it in this browser
        </label>
        <button type="submit" class="button primary large">
          Open the console
        </button>
        <p class="caption">
          Without the tick it is forgotten when this tab closes. It is sent to this server only,
          never in an address.
        </p>
      </form>
    </main>
  );
}

function complaintOf(): string {
  return configFailure.value === undefined ? '' : keyComplaint(configFailure.value);
}

const ASK_AGAIN_MS = 5000;

function Unreachable() {
  const failure = configFailure.value;
  useEffect(() => {
    const timer = setInterval(() => void loadConfig(), ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  if (failure === undefined) {
    return null;
  }
  const { title, detail } = errorWords(failure);
  return (
    <main class="centre">
      <div class="card key-card" role="alert">
        <h1>{title}</h1>
        <p class="second">{detail}</p>
      </div>
    </main>
  );
}
