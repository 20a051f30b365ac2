import {
  ANY_QUALITY,
  form,
  inputs,
  model,
  ratios,
  autoRatio,
  setField,
  setModel,
} from '../state/form';
import { config } from '../state/session';
import { tilePrices } from '../state/plan';
import { imageCount, isLossy, namesOfMore } from '../logic/generation-request';
import { pixels, shapeOf } from '../logic/pixels';
import { resolutionTiles, type ResolutionTile } from '../logic/resolution-tiles';
import { tilePrice } from '../logic/words';
import { Complaint } from './complaint';
import { Icon } from './icon';
import { PromptBox } from './prompt-box';
import { Ticket } from './ticket';

export function FormPanel() {
  return (
    <form
      class="panel"
      aria-label="What to make"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <div class="panel-fields">
        <PromptBox />
        <ModelField />
        <RatioField />
        <ResolutionField />
        <div class="pair">
          <ImagesField />
          <FormatField />
        </div>
        <More />
      </div>
      <Ticket />
    </form>
  );
}

function ModelField() {
  const largest = model.value?.image_sizes.at(-1);
  return (
    <div class="field">
      <label class="label" for="model">
        Model
      </label>
      <div class="select">
        <select
          id="model"
          value={model.value?.id}
          onChange={({ currentTarget }) => {
            setModel(currentTarget.value);
          }}
        >
          {config.value?.models.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
        {largest !== undefined && <span class="select-note">up to {largest}</span>}
        <Icon name="chevron" />
      </div>
      <Complaint field="model" />
    </div>
  );
}

function RatioField() {
  const note =
    form.value.ratio === ''
      ? `${autoRatio.value}${inputs.value.length > 0 ? ', as image 1' : ''}`
      : '';
  return (
    <fieldset class="field" role="radiogroup" aria-label="Ratio">
      <div class="label-line" aria-hidden="true">
        <span class="label">Ratio</span>
        <span class="note">{note}</span>
      </div>
      <div class="tiles ratios">
        {['', ...ratios.value].map((ratio) => (
          <label class="tile" key={ratio}>
            <input
              type="radio"
              name="ratio"
              id={form.value.ratio === ratio ? 'ratio' : undefined}
              value={ratio}
              checked={form.value.ratio === ratio}
              onChange={() => {
                setField('ratio', ratio);
              }}
            />
            <span class="shape-room" aria-hidden="true">
              <span
                class={ratio === '' ? 'shape dashed' : 'shape'}
                style={ratio === '' ? { width: '16px', height: '16px' } : sides(ratio)}
              />
            </span>
            <span class="tile-name">{ratio === '' ? 'Auto' : ratio}</span>
          </label>
        ))}
      </div>
      <Complaint field="ratio" />
    </fieldset>
  );
}

function sides(ratio: string) {
  const { width, height } = shapeOf(ratio, 220);
  return { width: `${width}px`, height: `${height}px` };
}

function ResolutionField() {
  const ratio = form.value.ratio === '' ? autoRatio.value : form.value.ratio;
  return (
    <fieldset class="field" role="radiogroup" aria-label="Resolution">
      <div class="label-line" aria-hidden="true">
        <span class="label">Resolution</span>
        <span class="note">{pixels(ratio, form.value.resolution)}</span>
      </div>
      <div class="tiles resolutions">
        {[{ size: '', reason: '' }, ...resolutionTiles(model.value)].map((tile) => (
          <ResolutionOption key={tile.size} {...tile} />
        ))}
      </div>
      <Complaint field="resolution" />
    </fieldset>
  );
}

function ResolutionOption({ size, reason }: ResolutionTile) {
  const price = tilePrices.value[size];
  const isRefused = reason !== '';
  return (
    <label class={isRefused ? 'tile hatched' : 'tile'} title={isRefused ? reason : undefined}>
      <input
        type="radio"
        name="resolution"
        id={form.value.resolution === size ? 'resolution' : undefined}
        value={size}
        checked={form.value.resolution === size}
        disabled={isRefused}
        aria-label={size === '' ? 'Auto' : size}
        aria-describedby={`price-${size}`}
        onChange={() => {
          setField('resolution', size);
        }}
      />
      <span class="tile-word">{size === '' ? 'Auto' : size}</span>
      <span class="tile-price" id={`price-${size}`}>
        {isRefused ? (
          <>
            <span aria-hidden="true">–</span>
            <span class="hidden">{reason}</span>
          </>
        ) : price === undefined ? (
          '\u00a0'
        ) : (
          tilePrice(price)
        )}
      </span>
    </label>
  );
}

function ImagesField() {
  const max = config.value?.max_images ?? 10;
  const { images } = form.value;
  const set = (count: number) => {
    setField('images', imageCount(String(count), max));
  };
  return (
    <div class="field">
      <label class="label" for="images">
        Images
      </label>
      <div class="stepper">
        <button
          type="button"
          aria-label="Fewer images"
          disabled={images <= 1}
          onClick={() => {
            set(images - 1);
          }}
        >
          <Icon name="minus" />
        </button>
        <input
          id="images"
          type="number"
          min={1}
          max={max}
          step={1}
          value={images}
          onChange={({ currentTarget }) => {
            set(Number(currentTarget.value));
            currentTarget.value = String(form.value.images);
          }}
        />
        <button
          type="button"
          aria-label="More images"
          disabled={images >= max}
          onClick={() => {
            set(images + 1);
          }}
        >
          <Icon name="plus" />
        </button>
      </div>
      <Complaint field="images" />
    </div>
  );
}

const FORMAT_NAMES: Readonly<Record<string, string>> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP' };

function FormatField() {
  const { format } = form.value;
  return (
    <Choice
      label="Format"
      value={format}
      choices={[
        ['', 'As made'],
        ...(config.value?.formats ?? []).map((id): [string, string] => [
          id,
          FORMAT_NAMES[id] ?? id,
        ]),
      ]}
      onChange={(value) => {
        setField('format', value);
      }}
    />
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly [string, string][];
  /** Why there is nothing to choose. */
  readonly reason?: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, reason = '', onChange }: ChoiceProps) {
  const id = label.toLowerCase().replace(' ', '-');
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      <div class="select">
        <select
          id={id}
          value={value}
          disabled={reason !== ''}
          title={reason === '' ? undefined : reason}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        >
          {choices.map(([choice, name]) => (
            <option key={choice} value={choice}>
              {name}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </div>
      <Complaint field={id} />
    </div>
  );
}

/** As OpenAI names them; «flex» may wait, «priority» costs more. */
const TIERS: readonly [string, string][] = [
  ['', 'Not sent'],
  ['default', 'default'],
  ['flex', 'flex, cheaper, may wait'],
  ['priority', 'priority, dearer'],
];

function More() {
  const { quality, style, seed, interim, format, compression, thinking, tier } = form.value;
  const complexities = model.value?.complexities ?? [];
  return (
    <details class="more">
      <summary>
        <Icon name="chevron" />
        More <span class="more-names">{namesOfMore(form.value)}</span>
      </summary>
      <div class="pair">
        <Choice
          label="Quality"
          value={quality}
          choices={[
            ['', 'Not sent'],
            ...[...ANY_QUALITY, ...(model.value?.qualities ?? [])].map((word): [string, string] => [
              word,
              word,
            ]),
          ]}
          onChange={(value) => {
            setField('quality', value);
          }}
        />
        <Choice
          label="Style"
          value={style}
          choices={[
            ['', 'Not sent'],
            ['natural', 'Natural'],
            ['vivid', 'Vivid'],
          ]}
          onChange={(value) => {
            setField('style', value);
          }}
        />
        <div class="field">
          <label class="label" for="seed">
            Seed
          </label>
          <input
            id="seed"
            class="input"
            inputMode="numeric"
            placeholder="Any"
            value={seed}
            onInput={({ currentTarget }) => {
              setField('seed', currentTarget.value);
            }}
          />
          <Complaint field="seed" />
        </div>
        <Choice
          label="Interim images"
          value={String(interim)}
          choices={['0', '1', '2', '3'].map((count) => [count, count])}
          onChange={(value) => {
            setField('interim', Number(value));
          }}
        />
        <Choice
          label="Thinking"
          value={thinking}
          reason={complexities.length === 0 ? 'This model thinks as it likes' : ''}
          choices={[
            ['', 'Not sent'],
            ...complexities.map((word): [string, string] => [word, word]),
          ]}
          onChange={(value) => {
            setField('thinking', value);
          }}
        />
        <Choice
          label="Tier"
          value={tier}
          choices={TIERS}
          onChange={(value) => {
            setField('tier', value);
          }}
        />
        {isLossy(format) && (
          <div class="field">
            <label class="label" for="compression">
              Compression
            </label>
            <input
              id="compression"
              class="input"
              type="number"
              min={0}
              max={100}
              value={compression}
              onChange={({ currentTarget }) => {
                setField('compression', Math.min(100, Math.max(0, Number(currentTarget.value))));
              }}
            />
            <Complaint field="compression" />
          </div>
        )}
      </div>
    </details>
  );
}
