import { effect, signal } from '@preact/signals';
import { ask, failureFrom } from '../api/client';
import type { Model, Plan } from '../api/types';
import type { Failure } from '../logic/error-words';
import { planBody } from '../logic/generation-request';
import { form, model } from './form';
import { config } from './session';

/** What the server would send upstream for this form: its own mapping, never a copy of the rules. */
export const plan = signal<Plan | undefined>(undefined);
/** What the server finds wrong with the form, before anything is sent. */
export const planFailure = signal<Failure | undefined>(undefined);
/** The price of one image by resolution, for the tiles; of the model that is chosen. */
export const tilePrices = signal<Readonly<Record<string, number>>>({});

const PAUSE_MS = 120;
let pending: ReturnType<typeof setTimeout> | undefined;
let controller = new AbortController();

async function askForPlan(): Promise<void> {
  controller.abort();
  controller = new AbortController();
  const { signal: aborted } = controller;
  try {
    const body = planBody({ ...form.value, model: model.value?.id ?? '' });
    plan.value = await ask<Plan>('v1/images/plan', { method: 'POST', body, signal: aborted });
    planFailure.value = undefined;
  } catch (error) {
    if (!aborted.aborted) {
      planFailure.value = failureFrom(error);
    }
  }
}

async function askForPrices({ id, image_sizes: sizes }: Model): Promise<void> {
  const prices = await Promise.all(
    ['', ...sizes].map(async (size) => {
      const body = { model: id, prompt: '…', ...(size !== '' && { image_size: size }) };
      const answer = await ask<Plan>('v1/images/plan', { method: 'POST', body }).catch(
        () => undefined,
      );
      return [size, answer?.list_price_usd] as const;
    }),
  );
  if (model.value?.id === id) {
    tilePrices.value = Object.fromEntries(
      prices.filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number'),
    );
  }
}

/**
 * Asks again with each config too: it comes with a new key, or when the server is back. The words
 * of the prompt change neither mapping nor price, so typing them asks nothing.
 */
export function followForm(): void {
  let last: readonly unknown[] = [];
  effect(() => {
    const asked = [config.value, JSON.stringify({ ...form.value, prompt: '' }), model.value?.id];
    if (config.value === undefined || asked.every((part, index) => part === last[index])) {
      return;
    }
    last = asked;
    clearTimeout(pending);
    pending = setTimeout(() => void askForPlan(), PAUSE_MS);
  });
  let priced: Model | undefined;
  effect(() => {
    const chosen = model.value;
    if (chosen !== undefined && chosen !== priced) {
      priced = chosen;
      void askForPrices(chosen);
    }
  });
}
