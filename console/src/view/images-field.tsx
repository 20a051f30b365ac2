import { form, setField } from '../state/form';
import { config } from '../state/session';
import { Complaint } from './complaint';
import { Icon } from './icon';
import { NumberInput } from './number-input';

/** How many images are asked for: typed, or one more and one fewer. */
export function ImagesField() {
  const max = config.value?.max_images ?? 10;
  const { images } = form.value;
  const set = (count: number) => {
    setField('images', count);
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
        <NumberInput id="images" min={1} max={max} value={images} onValue={set} />
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
