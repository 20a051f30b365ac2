import type { ComponentChildren } from 'preact';
import { frameReason } from '../logic/error-words';
import { numberWord, seconds } from '../logic/words';
import type { Frame, Run } from '../state/frame';
import { now } from '../state/now';
import { madeOf, retryFrame } from '../state/runs';
import { Icon } from './icon';
import { PictureItem } from './picture-item';

const MADE_CHIP_MS = 2000;

/** The place of one picture of the newest run, from the moment it was asked for. */
export function FrameItem({ frame, run, place }: { frame: Frame; run: Run; place: number }) {
  const { state } = frame;
  switch (state.kind) {
    case 'queued':
      return (
        <div class="frame waiting" aria-busy="true">
          <Icon name="clock" />
          <p>Waiting for its turn · {secondsSince(run.at)}</p>
        </div>
      );
    case 'drawing':
      return (
        <div class="frame waiting shimmers" aria-busy="true">
          <Icon name="clock" />
          <p>Drawing · {secondsSince(state.since)}</p>
        </div>
      );
    case 'interim':
      return (
        <div class="frame interim" aria-busy="true">
          <img src={state.url} alt="" class={`blur-${Math.min(2, state.number)}`} />
          <p class="chip">
            <Icon name="ring" />
            Interim {state.number} of {Math.max(state.number, run.asked.form.interim)} ·{' '}
            {secondsSince(state.since)}
          </p>
        </div>
      );
    case 'made':
      return (
        <>
          <PictureItem picture={state.picture} place={place} isOfRun />
          {now.value - state.picture.at < MADE_CHIP_MS && (
            <p class="chip made-chip">
              <Icon name="check" />
              {seconds(state.picture.ms)}
            </p>
          )}
        </>
      );
    case 'failed':
      return (
        <EmptyFrame id={frame.id} title="Not made">
          {frameReason(state.failure)} {othersOf(run)}
        </EmptyFrame>
      );
    case 'stopped':
      return (
        <EmptyFrame id={frame.id} title="Stopped">
          It is not shown here; what Google had begun may be charged.
        </EmptyFrame>
      );
  }
}

interface EmptyProps {
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

function EmptyFrame({ id, title, children }: EmptyProps) {
  return (
    <div class="frame empty">
      <Icon name={title === 'Stopped' ? 'stop' : 'bad'} />
      <p class="frame-title">{title}</p>
      <p class="frame-reason">{children}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          retryFrame(id);
        }}
      >
        <Icon name="again" />
        Try this one again
      </button>
    </div>
  );
}

function othersOf(run: Run): string {
  const made = madeOf(run).length;
  if (made === 0) {
    return '';
  }
  return `The other ${numberWord(made)} ${made === 1 ? 'is' : 'are'} here; you pay for ${numberWord(made)}.`;
}

function secondsSince(time: number): string {
  return `${Math.max(0, Math.floor((now.value - time) / 1000))} s`;
}
