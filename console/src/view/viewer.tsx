import { useEffect, useRef, useState } from 'preact/hooks';
import { bytes, clock, dayHeading, money, number, seconds } from '../logic/words';
import type { Picture } from '../state/frame';
import { found, pictures, previewUrl } from '../state/history';
import { coded } from './code-state';
import { Icon, type IconName } from './icon';
import {
  copyPicture,
  editPicture,
  makeAgain,
  pictureKey,
  removePicture,
  savePicture,
  showCode,
  usePicture,
} from './picture-actions';
import { Zoomable, type ZoomCommand } from './zoomable';
import { opened } from './viewer-state';

/** A picture at full size, with all that is known of it. */
export function Viewer() {
  const { value } = opened;
  return value === undefined ? null : <Look picture={value} />;
}

function Look({ picture }: { picture: Picture }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [command, setCommand] = useState<ZoomCommand>({ name: 'fit', count: 0 });
  useEffect(() => {
    dialog.current?.showModal();
    const box = dialog.current;
    return () => box?.close();
  }, []);
  const all = found.value;
  const here = all.findIndex(({ id }) => id === picture.id);
  const run = pictures.value.filter(({ runId }) => runId === picture.runId).reverse();
  const go = (step: number) => {
    opened.value = all[here + step] ?? picture;
  };
  const zoom = (name: ZoomCommand['name']) => {
    setCommand(({ count }) => ({ name, count: count + 1 }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || coded.value !== undefined) {
      return;
    }
    const action = {
      ArrowLeft: () => {
        go(-1);
      },
      ArrowRight: () => {
        go(1);
      },
      '+': () => {
        zoom('in');
      },
      '-': () => {
        zoom('out');
      },
      '0': () => {
        zoom('fit');
      },
      '1': () => {
        zoom('whole');
      },
    }[event.key];
    action?.();
    if (action !== undefined || (event.key !== 'o' && pictureKey(event.key, picture))) {
      event.preventDefault();
    }
  };
  return (
    <dialog
      class="viewer"
      ref={dialog}
      aria-label={`Picture: ${picture.asked.form.prompt}`}
      onClose={() => {
        if (opened.value === picture) {
          opened.value = undefined;
        }
      }}
      onKeyDown={onKeyDown}
    >
      <div class="viewer-stage">
        <div class="viewer-bar">
          <div>
            <button
              type="button"
              class="button quiet icon-only"
              aria-label="Close"
              title="Close Esc"
              onClick={() => (opened.value = undefined)}
            >
              <Icon name="close" />
            </button>
            <span class="second">
              {here + 1} of {all.length}
            </span>
          </div>
          <div class="viewer-zoom">
            <ZoomButton
              name="Smaller"
              icon="minus"
              onClick={() => {
                zoom('out');
              }}
            />
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                zoom('fit');
              }}
            >
              Fit
            </button>
            <ZoomButton
              name="Larger"
              icon="plus"
              onClick={() => {
                zoom('in');
              }}
            />
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                zoom('whole');
              }}
            >
              100 %
            </button>
          </div>
          <div>
            <ZoomButton
              name="Newer"
              icon="left"
              isDisabled={here <= 0}
              onClick={() => {
                go(-1);
              }}
            />
            <ZoomButton
              name="Older"
              icon="right"
              isDisabled={here >= all.length - 1}
              onClick={() => {
                go(1);
              }}
            />
          </div>
        </div>
        <Zoomable key={picture.id} picture={picture} command={command} />
        {run.length > 1 && (
          <div class="strip" role="group" aria-label="Of the same run">
            {run.map((other, index) => (
              <button
                key={other.id}
                type="button"
                aria-current={other.id === picture.id}
                aria-label={`Image ${index + 1} of ${run.length}`}
                onClick={() => (opened.value = other)}
              >
                <img src={previewUrl(other)} alt="" />
              </button>
            ))}
          </div>
        )}
      </div>
      <Side picture={picture} />
    </dialog>
  );
}

interface ZoomButtonProps {
  readonly name: string;
  readonly icon: IconName;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

function ZoomButton({ name, icon, isDisabled = false, onClick }: ZoomButtonProps) {
  return (
    <button
      type="button"
      class="button quiet icon-only"
      aria-label={name}
      title={name}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function Side({ picture }: { picture: Picture }) {
  const { prompt, quality, style, seed } = picture.asked.form;
  const actions: [string, IconName, string, () => void][] = [
    ['Edit this', 'edit', 'E', () => void editPicture(picture)],
    ['Use as input', 'input', 'U', () => void usePicture(picture)],
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
    [
      'Remove',
      'trash',
      'Del',
      () => {
        removePicture(picture);
      },
    ],
  ];
  return (
    <div class="viewer-side">
      <p class="label">Prompt</p>
      <p class="viewer-prompt" dir="auto">
        {prompt}
      </p>
      <div class="viewer-main">
        <button
          type="button"
          class="button primary"
          onClick={() => {
            savePicture(picture);
          }}
        >
          <Icon name="save" />
          Save
        </button>
        <button type="button" class="button" onClick={() => void copyPicture(picture)}>
          <Icon name="copy" />
          Copy
        </button>
      </div>
      <div class="viewer-actions">
        {actions.map(([name, icon, key, onClick]) => (
          <button key={name} type="button" onClick={onClick}>
            <Icon name={icon} />
            {name}
            <kbd aria-hidden="true">{key}</kbd>
          </button>
        ))}
      </div>
      {picture.warnings.map((warning) => (
        <p class="viewer-warning" key={warning}>
          <Icon name="warn" />
          <span>{warning}</span>
        </p>
      ))}
      <dl class="viewer-facts">
        <Fact name="Model" value={picture.model} />
        <Fact name="Account" value={picture.account} />
        <Fact name="Ratio" value={picture.ratio === 'default' ? '' : picture.ratio} />
        <Fact name="Pixels" value={`${picture.width} × ${picture.height}`} />
        <Fact name="File" value={`${picture.format.toUpperCase()} · ${bytes(picture.blob.size)}`} />
        <Fact name="Time" value={seconds(picture.ms)} />
        <Fact name="Tokens" value={tokens(picture)} />
        <Fact
          name="Cost"
          value={picture.usage?.cost === undefined ? '' : money(picture.usage.cost)}
        />
        <Fact name="Quality" value={quality} />
        <Fact name="Style" value={style} />
        <Fact name="Seed" value={seed} />
        <Fact name="Request" value={picture.requestId} />
        <Fact name="Made" value={made(picture.at)} />
      </dl>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return value === '' ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function tokens({ usage }: Picture): string {
  return usage === undefined
    ? ''
    : `${number(usage.input_tokens)} in · ${number(usage.output_tokens)} out`;
}

function made(at: number): string {
  return `${dayHeading(at, Date.now()).replace('Earlier today', 'Today')}, ${clock(at)}`;
}
