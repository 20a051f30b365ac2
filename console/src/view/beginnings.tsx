import { EMPTY_FORM } from '../logic/generation-request';
import { tilePrice } from '../logic/words';
import { form } from '../state/form';
import { tilePrices } from '../state/plan';
import { byId } from './by-id';
import { Crane, Lighthouse, Poster } from './beginning-pictures';
import { Icon } from './icon';
import { ImportButton } from './import-button';

const BEGINNINGS = [
  {
    prompt: 'A lighthouse at dusk, seen from the cliff path',
    ratio: '16:9',
    resolution: '2K',
    Picture: Lighthouse,
  },
  { prompt: 'A paper crane on a wooden table', ratio: '1:1', resolution: '1K', Picture: Crane },
  { prompt: 'A jazz poster, two colours', ratio: '9:16', resolution: '4K', Picture: Poster },
] as const;

/** The first visit: three beginnings that fill the form, and what else can be done here. */
export function Beginnings() {
  return (
    <div class="beginnings">
      <h2>Say what you want to see.</h2>
      <p class="lead">
        Write a prompt and choose a shape. What will be sent, and what it costs, stands above the
        button before you press it. Or begin with one of these:
      </p>
      <div class="beginning-row">
        {BEGINNINGS.map(({ prompt, ratio, resolution, Picture }) => {
          const price = tilePrices.value[resolution];
          return (
            <button
              key={ratio}
              type="button"
              class={`beginning beginning-${ratio.replace(':', '-')}`}
              onClick={() => {
                form.value = { ...EMPTY_FORM, model: form.value.model, prompt, ratio, resolution };
                byId('prompt')?.focus();
              }}
            >
              <Picture />
              <span class="beginning-name">{prompt}</span>
              <span class="caption">
                {ratio} · {resolution}
                {price !== undefined && ` · ${tilePrice(price)}`}
              </span>
            </button>
          );
        })}
      </div>
      <dl class="hints">
        <div>
          <dt>
            <Icon name="load" />
            Start from a picture
          </dt>
          <dd>Drop it anywhere on this page, or paste it. Up to 14, in your order.</dd>
        </div>
        <div>
          <dt>
            <Icon name="brush" />
            Change a part of it
          </dt>
          <dd>Paint over what should be new. All else stays, to the pixel.</dd>
        </div>
        <div>
          <dt>
            <Icon name="code" />
            Take the code along
          </dt>
          <dd>Every picture has its request as curl, PowerShell, Python and Node.</dd>
        </div>
      </dl>
      <p class="import-hint">
        Pictures that you exported from another browser:{' '}
        <ImportButton class="link">Import</ImportButton>
      </p>
    </div>
  );
}
