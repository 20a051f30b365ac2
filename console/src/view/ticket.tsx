import { hasMask } from '../mask/painting-state';
import { form, inputs, autoRatio, model } from '../state/form';
import { plan, planFailure } from '../state/plan';
import { config, ownKey } from '../state/session';
import { generate, isWorking, run, stop, madeOf } from '../state/runs';
import { seedFault } from '../logic/seed';
import { ticketWords } from '../logic/ticket-words';
import { useEffect, useState } from 'preact/hooks';
import { byId } from './by-id';
import { Icon } from './icon';
import { now } from '../state/now';

const PHONE = 720;

export function Ticket() {
  const words = ticketWords({
    plan: plan.value,
    failure: planFailure.value,
    isEmulator: config.value?.emulator ?? false,
    images: inputs.value.length,
    hasMask: hasMask.value,
    autoRatio: form.value.ratio === '' && inputs.value.length > 0 ? autoRatio.value : undefined,
    hasStyle: form.value.style !== '',
    usualSize: model.value?.image_sizes.includes('1K') ? '1K' : undefined,
    budgetLeft: ownKey.value?.budget
      ? ownKey.value.budget.limit_usd - ownKey.value.budget.spent_usd
      : undefined,
    fault: seedFault(form.value.seed),
  });
  const isPassed = useFormPassed();
  const { prompt } = form.value;
  return (
    <div class="ticket">
      <section aria-label="What will be sent">
        <div class="ticket-head">
          {isPassed && prompt !== '' ? (
            <h2 class="ticket-prompt" dir="auto">
              {prompt}
            </h2>
          ) : (
            <h2 class="label">What will be sent</h2>
          )}
          <span class={words.isOverBudget ? 'ticket-price bad' : 'ticket-price'}>
            {words.price}
          </span>
        </div>
        <p class="ticket-what">
          <strong>{words.model}</strong>
          {words.shape !== '' && ` · ${words.shape}`}
          {words.shortCalls !== '' && <span class="narrow"> · {words.shortCalls}</span>}
        </p>
        <p class="ticket-calls">{words.calls}</p>
        {words.warnings.map((warning) => (
          <p class="ticket-warning" key={warning}>
            <Icon name="warn" />
            <span>{warning}</span>
          </p>
        ))}
      </section>
      <Buttons isFormPassed={isPassed} />
    </div>
  );
}

/** On a phone the images follow the form, and the ticket stays: then it leads back. */
function useFormPassed(): boolean {
  const [isPassed, setPassed] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([prompt]) => {
      setPassed(prompt?.isIntersecting === false && innerWidth < PHONE);
    });
    const box = document.querySelector('.prompt-box');
    if (box !== null) {
      observer.observe(box);
    }
    return () => {
      observer.disconnect();
    };
  }, []);
  return isPassed;
}

function Buttons({ isFormPassed }: { isFormPassed: boolean }) {
  if (!isWorking.value || run.value === undefined) {
    return (
      <div class="ticket-buttons">
        {isFormPassed && (
          <button
            type="button"
            class="button large icon-only"
            aria-label="Back to the form"
            onClick={() => {
              byId('prompt')?.focus();
            }}
          >
            <Icon name="edit" />
          </button>
        )}
        <button type="button" class="button primary large" onClick={generate}>
          Generate{' '}
          <kbd class="primary-key" aria-hidden="true">
            Ctrl ↵
          </kbd>
        </button>
      </div>
    );
  }
  return (
    <div class="ticket-buttons">
      <span class="progress">
        <Icon name="ring" />
        {madeOf(run.value).length} of {run.value.frames.length} made ·{' '}
        {Math.floor((now.value - run.value.at) / 1000)} s
      </span>
      <button
        type="button"
        class="button large stop"
        title="Hangs up. Images already begun are finished at Google, and paid."
        onClick={stop}
      >
        <Icon name="stop" />
        Stop
      </button>
    </div>
  );
}
