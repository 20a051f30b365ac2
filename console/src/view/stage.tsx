import { search, pictures, found, isKept, clearHistory } from '../state/history';
import { keptSetting } from '../state/kept-setting';
import { run, stopped, retryMissing, isWorking } from '../state/runs';
import { exportHistory } from '../archive/history-archive';
import { shownRun } from '../state/shown-pictures';
import { AlertBox } from './alert-box';
import { Beginnings } from './beginnings';
import { confirm } from './confirm-dialog';
import { counted } from '../logic/words';
import { Icon } from './icon';
import { ImageList } from './image-list';
import { ImportButton } from './import-button';
import { Menu } from './menu';
import { RunHead } from './run-head';

/** The height that rows of earlier pictures aim at. */
export const rowHeight = keptSetting('easel-row-height', '220');

export function Stage() {
  const isEmpty = pictures.value.length === 0 && run.value === undefined;
  return (
    <section class="stage" aria-label="Images made">
      <div class="stage-column">
        {!isEmpty && <StageHead />}
        <AlertBox />
        {stopped.value !== undefined && <StoppedNote />}
        {isEmpty ? <Beginnings /> : <Pictures />}
      </div>
    </section>
  );
}

function Pictures() {
  const isSearching = search.value.trim() !== '';
  return (
    <>
      {shownRun.value !== undefined && <RunHead run={shownRun.value} />}
      {isSearching && found.value.length === 0 ? (
        <p class="nothing">
          No picture’s prompt has “{search.value.trim()}” in it.{' '}
          <button
            type="button"
            class="link"
            onClick={() => {
              search.value = '';
            }}
          >
            Clear search
          </button>
        </p>
      ) : (
        <ImageList />
      )}
      {!isKept.value && (
        <p class="nothing">This browser keeps nothing here; save what you want to keep.</p>
      )}
    </>
  );
}

function StageHead() {
  return (
    <div class="stage-head">
      <h2>
        Images made <span class="count">{pictures.value.length}</span>
      </h2>
      <div class="search">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          aria-label="Search prompts"
          placeholder="Search prompts"
          value={search.value}
          onInput={({ currentTarget }) => {
            search.value = currentTarget.value;
          }}
        />
      </div>
      <span class="row-height-icon">
        <Icon name="image" />
      </span>
      <input
        class="slider row-height"
        style={{ '--filled': `${((Number(rowHeight.value) - 140) / 280) * 100}%` }}
        type="range"
        aria-label="Size of the pictures"
        min={140}
        max={420}
        step={10}
        value={rowHeight.value}
        onInput={({ currentTarget }) => {
          rowHeight.value = currentTarget.value;
        }}
      />
      <Menu
        title="History"
        isIconOnly
        label={
          <>
            <Icon name="dots" />
            <span class="hidden">History menu</span>
          </>
        }
      >
        <button type="button" class="menu-item" onClick={() => void exportHistory()}>
          Export…
        </button>
        <ImportButton class="menu-item">Import…</ImportButton>
        <button type="button" class="menu-item" onClick={() => void clear()}>
          Clear history…
        </button>
      </Menu>
    </div>
  );
}

async function clear(): Promise<void> {
  const count = pictures.value.length;
  const isMeant = await confirm({
    question: `Remove all ${counted(count, 'picture')} from this browser?`,
    detail: 'Nobody else has them.',
    yes: 'Remove all',
    no: 'Keep them',
  });
  if (isMeant) {
    if (!isWorking.value) {
      run.value = undefined;
    }
    await clearHistory();
  }
}

function StoppedNote() {
  const { value } = stopped;
  if (value === undefined) {
    return null;
  }
  const { made, begun } = value;
  return (
    <div class="alert warn" role="alert">
      <Icon name="stop" />
      <div>
        <p class="alert-title">
          Stopped. {counted(made, 'picture')} {made === 1 ? 'is' : 'are'} here; {begun} had begun
          and may be charged.
        </p>
        <p>Images that Google has already begun are finished there, and paid.</p>
        <div class="actions">
          <button type="button" class="button" onClick={retryMissing}>
            <Icon name="again" />
            Try the others again
          </button>
        </div>
      </div>
    </div>
  );
}
