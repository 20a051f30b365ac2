import { shownScale, zoomed } from './mask-state';
import { paintedShare } from './painting-state';

/** What the painted part means, how much it is, and how large the picture is shown. */
export function MaskFoot() {
  const share = paintedShare.value;
  const words =
    share === 0
      ? 'Paint over what should change, or generate without: then all of it may change.'
      : share > 0.995
        ? 'All of it is painted: all of it may change.'
        : 'Painted is drawn anew; all else stays, to the pixel';
  const isFitted = zoomed.value === undefined;
  return (
    <p class={share > 0.995 ? 'mask-foot warn' : 'mask-foot'}>
      <span class="mask-swatch" aria-hidden="true" />
      <span>{words}</span>
      <span class="mask-share">
        {share > 0 && <span>{percent(share)} painted</span>}
        <button
          type="button"
          class="mask-zoom"
          disabled={isFitted}
          title={isFitted ? undefined : 'Show the whole picture'}
          onClick={() => (zoomed.value = undefined)}
        >
          Fit · {Math.round(shownScale.value * 100)} %
        </button>
      </span>
    </p>
  );
}

export function percent(share: number): string {
  return `${share > 0 && share < 0.01 ? '< 1' : Math.round(share * 100)} %`;
}
