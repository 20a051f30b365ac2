import { computed, signal } from '@preact/signals';
import { apiUrl } from '../api/client';
import { frameReason, type Failure } from '../logic/error-words';
import { fieldOfParam } from '../logic/field-of-param';
import { frameBody, onePicture } from '../logic/generation-request';
import { ratioNumber } from '../logic/pixels';
import { seedFault } from '../logic/seed';
import { money } from '../logic/words';
import type { ResponseFacts, StartMessage, StopMessage, WorkerMessage } from '../worker/messages';
import { alert, announcement, showAlert } from './announcements';
import { apiKey } from './api-key';
import { maskToSend } from '../mask/painting-state';
import { autoRatio, complaint, form, inputs, isMasking, model } from './form';
import {
  bodyOf,
  isAtWork,
  routeOf,
  type Asked,
  type Frame,
  type FrameState,
  type Picture,
  type Run,
} from './frame';
import { keep } from './history';
import { loadOwnKey } from './session';

/** Browsers open six connections to a server; two stay free for everything else. */
const AT_ONCE = 4;

/** The newest run; earlier ones are ordinary pictures of the history. */
export const run = signal<Run | undefined>(undefined);
const framesAtWork = computed(() => run.value?.frames.filter(isAtWork).length ?? 0);
export const isWorking = computed(() => framesAtWork.value > 0);
/** Set when a stopped run has lost pictures that Google may charge for. */
export const stopped = signal<{ made: number; begun: number } | undefined>(undefined);

const worker = new Worker(new URL('../worker/images.worker.ts', import.meta.url), {
  type: 'module',
});
const facts = new Map<string, ResponseFacts>();
const since = new Map<string, number>();

worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
  hear(data);
});

/** Sends the form, or says at a field why it cannot be sent. */
export function generate(): void {
  const { prompt, seed } = form.value;
  if (prompt.trim() === '') {
    complaint.value = { field: 'prompt', words: 'Write a prompt first.' };
    return;
  }
  const fault = seedFault(seed);
  if (fault !== '') {
    complaint.value = { field: 'seed', words: fault };
    return;
  }
  const asked = {
    form: { ...form.value, model: model.value?.id ?? form.value.model },
    images: inputs.value.map(({ blob }) => blob),
    isVariation: false,
  };
  void maskToSend().then((mask) => {
    start({ ...asked, mask });
  });
}

export function start(asked: Asked, ratio = asked.form.ratio || autoRatio.value): void {
  stop();
  alert.value = undefined;
  stopped.value = undefined;
  complaint.value = undefined;
  isMasking.value = false;
  const frames = Array.from({ length: asked.form.images }, (): Frame => {
    return { id: crypto.randomUUID(), state: { kind: 'queued' } };
  });
  const id = crypto.randomUUID();
  run.value = { id, at: Date.now(), asked, ratio: ratioNumber(ratio), frames };
  sendNext();
}

/** Hangs up: no further call begins. Google charges for what it is already drawing. */
export function stop(): void {
  const begun = run.value?.frames.filter(({ state }) => isBegun(state)) ?? [];
  const made = run.value?.frames.filter(({ state }) => state.kind === 'made').length ?? 0;
  if (!isWorking.value) {
    return;
  }
  run.value?.frames.filter(isAtWork).forEach(({ id }) => {
    worker.postMessage({ type: 'stop', id } satisfies StopMessage);
    setState(id, { kind: 'stopped' });
  });
  stopped.value = { made, begun: begun.length };
  announcement.value = 'Stopped';
  void loadOwnKey();
}

export function retryFrame(id: string): void {
  alert.value = undefined;
  stopped.value = undefined;
  setState(id, { kind: 'queued' });
  sendNext();
}

/** Retries each frame that stayed empty. */
export function retryMissing(): void {
  alert.value = undefined;
  stopped.value = undefined;
  run.value?.frames.forEach(({ id, state }) => {
    if (state.kind === 'failed' || state.kind === 'stopped') {
      setState(id, { kind: 'queued' });
    }
  });
  sendNext();
}

function isBegun(state: FrameState): boolean {
  return state.kind === 'drawing' || state.kind === 'interim';
}

function sendNext(): void {
  const { value } = run;
  if (value === undefined) {
    return;
  }
  const busy = value.frames.filter(({ state }) => isBegun(state)).length;
  value.frames
    .filter(({ state }) => state.kind === 'queued')
    .slice(0, Math.max(0, AT_ONCE - busy))
    .forEach(({ id }) => {
      send(id, value.asked);
    });
}

function send(id: string, asked: Asked): void {
  const route = routeOf(asked);
  const body = bodyOf(asked);
  const message: StartMessage = {
    type: 'start',
    id,
    url: apiUrl(`v1/images/${route}`),
    key: apiKey.value,
    body: route === 'variations' ? onePicture(body) : frameBody(body, asked.form.interim),
    images: asked.images,
    imageField: route === 'variations' ? 'image' : 'image[]',
    mask: route === 'edits' ? asked.mask : undefined,
  };
  since.set(id, Date.now());
  setState(id, { kind: 'drawing', since: Date.now() });
  worker.postMessage(message);
}

function hear(message: WorkerMessage): void {
  const { id } = message;
  const frame = run.value?.frames.find((candidate) => candidate.id === id);
  if (frame === undefined || !isBegun(frame.state)) {
    // Belongs to a run that was stopped or replaced.
    return;
  }
  switch (message.type) {
    case 'facts':
      facts.set(id, message.facts);
      return;
    case 'interim':
      setState(id, {
        kind: 'interim',
        since: since.get(id) ?? Date.now(),
        number: message.number,
        url: URL.createObjectURL(message.blob),
      });
      return;
    case 'made': {
      const picture = pictureOf(id, message.image);
      setState(id, { kind: 'made', picture });
      void keep(picture);
      tellEnd(`Image ${placeOf(id)} is there`);
      return;
    }
    case 'failed':
      fail(id, message.failure);
  }
}

function fail(id: string, failure: Failure): void {
  setState(id, { kind: 'failed', failure });
  const isNothingMade = !run.value?.frames.some(({ state }) => state.kind === 'made');
  const field = failure.status === 400 ? fieldOfParam(failure.param) : undefined;
  if (field !== undefined) {
    complaint.value = { field, words: failure.message };
  } else if (isNothingMade) {
    showAlert(withCostOfAll(alert.value?.failure ?? failure), alert.value?.at);
  }
  tellEnd(`Image ${placeOf(id)} was not made: ${frameReason(failure)}`);
}

/** The alert stands for the whole run, so it tells what the whole run has cost. */
function withCostOfAll(failure: Failure): Failure {
  const costs = run.value?.frames.flatMap(({ state }) =>
    state.kind === 'failed' && state.failure.costUsd !== undefined ? [state.failure.costUsd] : [],
  );
  return costs === undefined || costs.length === 0
    ? failure
    : { ...failure, costUsd: costs.reduce((sum, cost) => sum + cost, 0) };
}

function tellEnd(words: string): void {
  sendNext();
  if (isWorking.value || run.value === undefined) {
    announcement.value = words;
    return;
  }
  const made = madeOf(run.value);
  announcement.value = `Done, ${made.length} of ${run.value.frames.length}, ${money(costOf(made))}`;
  if (made.length > 0) {
    // Frames beside it tell their own reasons.
    alert.value = undefined;
  }
  void loadOwnKey();
}

/** Removes the frames of deleted pictures. */
export function dropFrames(ids: ReadonlySet<string>): void {
  const { value } = run;
  const left = value?.frames.filter(({ id }) => !ids.has(id)) ?? [];
  run.value = value === undefined || left.length === 0 ? undefined : { ...value, frames: left };
}

export function madeOf({ frames }: Run): readonly Picture[] {
  return frames.flatMap(({ state }) => (state.kind === 'made' ? [state.picture] : []));
}

export function costOf(made: readonly Picture[]): number {
  return made.reduce((sum, { usage }) => sum + (usage?.cost ?? 0), 0);
}

function placeOf(id: string): string {
  const frames = run.value?.frames ?? [];
  return `${frames.findIndex((frame) => frame.id === id) + 1} of ${frames.length}`;
}

function pictureOf(id: string, image: Extract<WorkerMessage, { type: 'made' }>['image']): Picture {
  const { value } = run;
  const known = facts.get(id);
  facts.delete(id);
  if (value === undefined) {
    throw new Error('a picture without a run');
  }
  return {
    ...image,
    id,
    runId: value.id,
    at: Date.now(),
    asked: value.asked,
    ms: Date.now() - (since.get(id) ?? value.at),
    account: known?.account ?? '',
    model: known?.model ?? value.asked.form.model,
    ratio: known?.ratio ?? '',
    size: known?.size ?? '',
    requestId: known?.requestId ?? '',
    warnings: known?.warnings ?? [],
  };
}

function setState(id: string, state: FrameState): void {
  const { value } = run;
  if (value === undefined) {
    return;
  }
  const frames = value.frames.map((frame) => {
    if (frame.id !== id) {
      return frame;
    }
    if (frame.state.kind === 'interim') {
      URL.revokeObjectURL(frame.state.url);
    }
    return { ...frame, state };
  });
  run.value = { ...value, frames };
}
