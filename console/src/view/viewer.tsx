import { useEffect, useRef, useState } from 'preact/hooks';
import { bytes, clock, dayHeading, money, number, seconds } from '../logic/words';
import { frameReason } from '../logic/error-words';
import type { Frame, Picture } from '../state/frame';
import { run } from '../state/runs';
import { shownPictures } from '../state/shown-pictures';
import { pictures, previewUrl } from '../state/history';
import { coded } from './code-state';
import { Icon, type IconName } from './icon';
import { CopyId } from './copy-id';
import { Menu } from './menu';
import {
  copyPicture,
  editPicture,
  makeAgain,
  pictureKey,
  removePicture,
  savePicture,
  showCode,
  usePicture,
  varyPicture,
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
  const all = shownPictures.value;
  const here = all.findIndex(({ id }) => id === picture.id);
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
        <Zoomable key={picture.id} picture={picture} command={command} onSwipe={go} />
        <Strip picture={picture} />
      </div>
      <Side picture={picture} />
      <Foot picture={picture} />
    </dialog>
  );
}

/** The run that the picture is of, with the places of those that were not made, as long as they are known. */
function Strip({ picture }: { picture: Picture }) {
  const ofRun = pictures.value.filter(({ runId }) => runId === picture.runId);
  const newest = run.value?.id === picture.runId ? run.value : undefined;
  const places: readonly (Picture | Frame)[] =
    newest?.frames.map((frame) => ofRun.find(({ id }) => id === frame.id) ?? frame) ?? ofRun;
  if (places.length < 2) {
    return null;
  }
  return (
    <div class="strip" role="group" aria-label="Of the same run">
      {places.map((place, index) =>
        'blob' in place ? (
          <button
            key={place.id}
            type="button"
            aria-current={place.id === picture.id}
            aria-label={`Image ${index + 1} of ${places.length}`}
            onClick={() => (opened.value = place)}
          >
            <img src={previewUrl(place)} alt="" />
          </button>
        ) : (
          <span
            key={place.id}
            class="strip-empty"
            title={stripWords(place)}
            style={{ '--ratio': picture.width / picture.height }}
          >
            <Icon name={place.state.kind === 'failed' ? 'bad' : 'clock'} />
            <span class="hidden">
              Image {index + 1} of {places.length}: {stripWords(place)}
            </span>
          </span>
        ),
      )}
    </div>
  );
}

function stripWords({ state }: Frame): string {
  switch (state.kind) {
    case 'failed':
      return `Not made. ${frameReason(state.failure)}`;
    case 'stopped':
      return 'Stopped';
    case 'made':
      return 'Its history is gone';
    default:
      return 'Not there yet';
  }
}

/** On a phone the most used stand under the thumb, the rest behind More. */
function Foot({ picture }: { picture: Picture }) {
  const actions = actionsOf(picture);
  return (
    <div class="viewer-foot" role="toolbar" aria-label="What to do with it">
      {actions.slice(0, 4).map(({ name, icon, act }) => (
        <button key={name} type="button" onClick={act}>
          <Icon name={icon} />
          {name}
        </button>
      ))}
      <Menu
        title="More"
        label={
          <>
            <Icon name="dots" />
            More
          </>
        }
      >
        {actions.slice(4).map(({ name, act }) => (
          <button key={name} type="button" class="menu-item" onClick={act}>
            {name}
          </button>
        ))}
      </Menu>
    </div>
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

interface Action {
  readonly name: string;
  readonly icon: IconName;
  readonly key: string;
  readonly act: () => void;
}

/** The most used first. */
function actionsOf(picture: Picture): readonly Action[] {
  const action = (
    name: string,
    icon: IconName,
    key: string,
    does: (picture: Picture) => void | Promise<void>,
  ): Action => ({ name, icon, key, act: () => void does(picture) });
  return [
    action('Save', 'save', 'S', savePicture),
    action('Copy', 'copy', 'Y', copyPicture),
    action('Edit this', 'edit', 'E', editPicture),
    action('Again', 'again', 'A', makeAgain),
    action('Use as input', 'input', 'U', usePicture),
    action('Vary', 'vary', 'V', varyPicture),
    action('Code', 'code', 'C', showCode),
    action('Remove', 'trash', 'Del', removePicture),
  ];
}

/** As they stand in two columns beside the picture. */
const BESIDE = ['Edit this', 'Use as input', 'Vary', 'Again', 'Code', 'Remove'];

function Side({ picture }: { picture: Picture }) {
  const { prompt, quality, style, seed, thinking, tier } = picture.asked.form;
  const actions = actionsOf(picture);
  const beside = BESIDE.map((name) => actions.find((action) => action.name === name));
  return (
    <div class="viewer-side">
      <p class="label">{picture.asked.isVariation ? 'A variation of' : 'Prompt'}</p>
      <p class="viewer-prompt" dir="auto">
        {prompt}
      </p>
      <div class="viewer-main">
        {actions.slice(0, 2).map(({ name, icon, act }, index) => (
          <button
            key={name}
            type="button"
            class={index === 0 ? 'button primary' : 'button'}
            onClick={act}
          >
            <Icon name={icon} />
            {name}
          </button>
        ))}
      </div>
      <div class="viewer-actions">
        {beside.map(
          (action) =>
            action && (
              <button key={action.name} type="button" onClick={action.act}>
                <Icon name={action.icon} />
                {action.name}
                <kbd aria-hidden="true">{action.key}</kbd>
              </button>
            ),
        )}
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
        <Fact name="Thinking" value={thinking} />
        <Fact name="Tier" value={tier} />
        {picture.requestId !== '' && (
          <div>
            <dt>Request</dt>
            <dd>
              <CopyId id={picture.requestId} />
            </dd>
          </div>
        )}
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
