import { useEffect, useRef, useState } from 'preact/hooks';
import { apiUrl } from '../api/client';
import { codeColours } from '../logic/code-colours';
import { codeSnippet, LANGUAGES, type Language } from '../logic/code-snippet';
import { clock } from '../logic/words';
import { announcement } from '../state/announcements';
import { bodyOf, routeOf, type Picture } from '../state/frame';
import { keptSetting } from '../state/kept-setting';
import { coded } from './code-state';
import { Icon } from './icon';

const language = keptSetting('easel-language', 'curl');
const COPIED_MS = 1500;

/** The request of a picture, as a program. */
export function CodeSheet() {
  const { value } = coded;
  return value === undefined ? null : <Sheet picture={value} />;
}

function Sheet({ picture }: { picture: Picture }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isIdempotent, setIdempotent] = useState(false);
  const [isStreamed, setStreamed] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const chosen = LANGUAGES.find((name) => name === language.value) ?? 'curl';
  useEffect(() => dialog.current?.showModal(), []);
  const code = codeSnippet(chosen, {
    route: routeOf(picture.asked),
    body: bodyOf(picture.asked),
    images: picture.asked.images.length,
    hasMask: picture.asked.mask !== undefined,
    baseUrl: apiUrl('').replace(/\/$/, ''),
    idempotencyKey: isIdempotent ? picture.id : undefined,
    isStreamed,
  });
  const close = () => {
    coded.value = undefined;
  };
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    announcement.value = 'Copied';
    setCopied(true);
    setTimeout(() => {
      setCopied(false);
    }, COPIED_MS);
  };
  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-labelledby="code-title"
      onClose={close}
      onClick={({ target }) => {
        if (target === dialog.current) {
          close();
        }
      }}
    >
      <div class="sheet-body">
        <header class="sheet-head">
          <div>
            <h2 id="code-title">Code</h2>
            <p class="caption">What was sent at {clock(picture.at)}, as you would write it</p>
          </div>
          <button type="button" class="button quiet icon-only" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="sheet-bar">
          <Languages chosen={chosen} />
          <button type="button" class="button primary" onClick={() => void copy()}>
            <Icon name={isCopied ? 'check' : 'copy'} />
            {isCopied ? 'Copied' : 'Copy'}
          </button>
        </div>
        <pre
          class="code"
          tabIndex={0}
          id="code-panel"
          role="tabpanel"
          aria-label={`${chosen} code`}
        >
          <code>
            {codeColours(code).map(({ text, kind }, index) => (
              <span key={index} class={`code-${kind}`}>
                {text}
              </span>
            ))}
          </code>
        </pre>
        <div class="actions">
          <label class="tick">
            <input
              type="checkbox"
              checked={isIdempotent}
              onChange={({ currentTarget }) => {
                setIdempotent(currentTarget.checked);
              }}
            />
            Safe to send twice (Idempotency-Key)
          </label>
          {chosen !== 'PowerShell' && !picture.asked.isVariation && (
            <label class="tick">
              <input
                type="checkbox"
                checked={isStreamed}
                onChange={({ currentTarget }) => {
                  setStreamed(currentTarget.checked);
                }}
              />
              Stream interim images
            </label>
          )}
        </div>
        <p class="second sheet-note">
          Your key is not in it: the code reads <code>EASEL_API_KEY</code>.
          {picture.asked.images.length > 0 &&
            ' The images that went along lie beside it as input-1.png and so on.'}
        </p>
      </div>
    </dialog>
  );
}

function Languages({ chosen }: { chosen: Language }) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const next =
      step && LANGUAGES[(LANGUAGES.indexOf(chosen) + step + LANGUAGES.length) % LANGUAGES.length];
    if (next) {
      language.value = next;
      list.current?.querySelector<HTMLElement>(`[data-language="${next}"]`)?.focus();
    }
  };
  return (
    <div class="languages" role="tablist" aria-label="Language" ref={list} onKeyDown={onKeyDown}>
      {LANGUAGES.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          data-language={name}
          aria-selected={name === chosen}
          aria-controls="code-panel"
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => {
            language.value = name;
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
