import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { KEY_LIST } from '../logic/key-list';
import { Icon } from './icon';

export const areKeysShown = signal(false);

/** All keys of the page, behind `?`. */
export function KeySheet() {
  return areKeysShown.value ? <Sheet /> : null;
}

function Sheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => {
    areKeysShown.value = false;
  };
  return (
    <dialog
      class="card key-list"
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={close}
      onClick={({ target }) => {
        if (target === dialog.current) {
          close();
        }
      }}
    >
      <div class="key-list-body">
        <header class="sheet-head">
          <h2 id="keys-title">Keys</h2>
          <button type="button" class="button quiet icon-only" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="key-groups">
          {KEY_LIST.map(({ name, keys }) => (
            <section key={name} aria-label={name}>
              <h3>{name}</h3>
              <dl>
                {keys.map(([key, words]) => (
                  <div key={key}>
                    <dt>
                      <kbd>{key}</kbd>
                    </dt>
                    <dd>{words}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <p class="caption">Letters work while a picture, the viewer or the brush has the focus.</p>
      </div>
    </dialog>
  );
}
