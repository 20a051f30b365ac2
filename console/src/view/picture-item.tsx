import { bytes, money, seconds } from '../logic/words';
import type { Picture } from '../state/frame';
import { previewUrl } from '../state/history';
import { Icon, type IconName } from './icon';
import {
  copyPicture,
  editPicture,
  makeAgain,
  pictureKey,
  savePicture,
  showCode,
} from './picture-actions';
import { opened } from './viewer-state';

interface ItemProps {
  readonly picture: Picture;
  readonly place: number;
  readonly isNarrow?: boolean;
  /** Of the newest run: its caption tells size and time, since the prompt stands above. */
  readonly isOfRun?: boolean;
}

export function PictureItem({ picture, place, isNarrow = false, isOfRun = false }: ItemProps) {
  const { prompt } = picture.asked.form;
  return (
    <>
      <div class="picture">
        <button
          type="button"
          class="picture-open"
          data-place={place}
          tabIndex={0}
          title={prompt}
          onClick={() => {
            opened.value = picture;
          }}
          onKeyDown={(event) => {
            if (
              !event.ctrlKey &&
              !event.metaKey &&
              !event.altKey &&
              pictureKey(event.key, picture)
            ) {
              event.preventDefault();
            }
          }}
        >
          <img
            src={previewUrl(picture)}
            alt={prompt}
            width={picture.width}
            height={picture.height}
            loading="lazy"
            decoding="async"
          />
        </button>
        <Actions picture={picture} />
      </div>
      <p class="picture-caption">
        {isOfRun ? (
          <>
            <span>
              {picture.width} × {picture.height} · {picture.format.toUpperCase()} ·{' '}
              {bytes(picture.blob.size)}
            </span>
            <span>
              {seconds(picture.ms)} · {money(picture.usage?.cost ?? 0)}
            </span>
          </>
        ) : (
          <>
            <span>{prompt}</span>
            {!isNarrow && <span>{money(picture.usage?.cost ?? 0)}</span>}
          </>
        )}
      </p>
    </>
  );
}

function Actions({ picture }: { picture: Picture }) {
  const actions: [string, IconName, string, () => void][] = [
    ['Open', 'open', 'O', () => (opened.value = picture)],
    [
      'Save',
      'save',
      'S',
      () => {
        savePicture(picture);
      },
    ],
    ['Copy', 'copy', 'Y', () => void copyPicture(picture)],
    ['Edit this', 'edit', 'E', () => void editPicture(picture)],
    [
      'Again',
      'again',
      'A',
      () => {
        makeAgain(picture);
      },
    ],
    [
      'Code',
      'code',
      'C',
      () => {
        showCode(picture);
      },
    ],
  ];
  return (
    <div class="picture-actions">
      {actions.map(([name, icon, key, onClick]) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          data-tip={`${name} ${key}`}
          onClick={onClick}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}
