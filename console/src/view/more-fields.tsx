import { isLossy, namesOfMore } from '../logic/generation-request';
import { ANY_QUALITY, form, model, setField } from '../state/form';
import { Choice } from './choice';
import { Complaint, complaintProps } from './complaint';
import { Icon } from './icon';
import { NumberInput } from './number-input';

/** As OpenAI names them; «flex» may wait, «priority» costs more. */
const TIERS: readonly [string, string][] = [
  ['', 'Not sent'],
  ['default', 'default'],
  ['flex', 'flex, cheaper, may wait'],
  ['priority', 'priority, dearer'],
];

/** What is seldom set. */
export function MoreFields() {
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
            {...complaintProps('seed')}
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
            <NumberInput
              id="compression"
              class="input"
              min={0}
              max={100}
              value={compression}
              onValue={(value) => {
                setField('compression', value);
              }}
            />
            <Complaint field="compression" />
          </div>
        )}
      </div>
    </details>
  );
}
