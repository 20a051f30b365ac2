import { useEffect, useRef } from 'preact/hooks';
import { costOf, madeOf } from '../state/runs';
import { isAtWork, type Run } from '../state/frame';
import { plan } from '../state/plan';
import { clock, money, seconds } from '../logic/words';
import { savePicture } from './picture-actions';
import { Icon } from './icon';

/** The newest run's prompt and what is known of it, above its frames. */
export function RunHead({ run }: { run: Run }) {
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the form comes first: what was asked for is further down.
    if (innerWidth < 720 && run.frames.some(isAtWork)) {
      head.current?.scrollIntoView({ block: 'start' });
    }
  }, [run.id]);
  const made = madeOf(run);
  const isWorking = run.frames.some(isAtWork);
  const longest = Math.max(0, ...made.map(({ ms }) => ms));
  const { form } = run.asked;
  const facts = [
    made[0]?.model ?? plan.value?.model ?? form.model,
    made[0]?.ratio || form.ratio,
    form.resolution,
  ].filter((fact) => fact !== '' && fact !== 'default');
  return (
    <div class="run-head" ref={head}>
      <div>
        <h3 dir="auto">{form.prompt}</h3>
        <p class="facts">
          <span class="wide">{facts[0]} · </span>
          {facts.slice(1).map((fact) => `${fact} · `)}
          {isWorking ? (
            `${made.length} of ${run.frames.length} made`
          ) : (
            <>
              <strong>
                {made.length === run.frames.length
                  ? `${made.length} ${made.length === 1 ? 'image' : 'images'}`
                  : `${made.length} of ${run.frames.length} images`}
              </strong>
              {made.length > 0 && (
                <>
                  <span class="wide"> · {seconds(longest)}</span> · {money(costOf(made))}
                </>
              )}
              <span class="wide"> · {clock(run.at)}</span>
            </>
          )}
        </p>
      </div>
      {!isWorking && made.length > 1 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            made.forEach(savePicture);
          }}
        >
          <Icon name="save" />
          Save all {made.length}
        </button>
      )}
    </div>
  );
}
