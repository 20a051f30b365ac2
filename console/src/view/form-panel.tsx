import { form, inputs, model, ratios, autoRatio, setField, setModel } from '../state/form';
import { config } from '../state/session';
import { tilePrices } from '../state/plan';
import { pixels, shapeOf } from '../logic/pixels';
import { resolutionTiles, type ResolutionTile } from '../logic/resolution-tiles';
import { tilePrice } from '../logic/words';
import { Choice } from './choice';
import { Complaint, complaintProps } from './complaint';
import { Icon } from './icon';
import { ImagesField } from './images-field';
import { MoreFields } from './more-fields';
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
        <MoreFields />
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
          {...complaintProps('model')}
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
    <fieldset class="field" role="radiogroup" aria-label="Ratio" {...complaintProps('ratio')}>
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
    <fieldset
      class="field"
      role="radiogroup"
      aria-label="Resolution"
      {...complaintProps('resolution')}
    >
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
