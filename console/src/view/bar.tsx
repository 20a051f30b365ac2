import { useRef } from 'preact/hooks';
import { forgetKey } from '../state/api-key';
import { clearHistory, pictures } from '../state/history';
import { config, loadConfig, ownKey, showTab, shownTab, tabs, type Tab } from '../state/session';
import { nextTheme, theme } from '../state/theme';
import { money, wholeMoney } from '../logic/words';
import { confirm } from './confirm-dialog';
import { Icon } from './icon';
import { Menu } from './menu';

export function Bar() {
  return (
    <header class="bar">
      <span class="mark">
        <Icon name="easel" />
        <span class="mark-name">Easel</span>
      </span>
      {config.value !== undefined && <Tabs />}
      <div class="bar-end">
        {config.value?.emulator && <EmulatorBadge />}
        <Purse />
        <KeyMenu />
        <ThemeButton />
      </div>
    </header>
  );
}

const LABELS: Readonly<Record<Tab, string>> = { make: 'Make', pool: 'Pool', usage: 'Usage' };

function Tabs() {
  const names = tabs.value.map((name): [Tab, string] => [name, LABELS[name]]);
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = names.findIndex(([name]) => name === shownTab.value);
    const next = step && names[(here + step + names.length) % names.length];
    if (next) {
      showTab(next[0]);
      list.current?.querySelector<HTMLElement>(`#tab-${next[0]}`)?.focus();
    }
  };
  return (
    <nav aria-label="Views">
      <div class="tabs" role="tablist" ref={list} onKeyDown={onKeyDown}>
        {names.map(([name, label]) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={shownTab.value === name}
            aria-controls={shownTab.value === name ? `view-${name}` : undefined}
            tabIndex={shownTab.value === name ? 0 : -1}
            onClick={() => {
              showTab(name);
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </nav>
  );
}

function EmulatorBadge() {
  return (
    <span class="badge" title="No account is configured. Set GEMINI_API_KEYS for real pictures.">
      <Icon name="warn" />
      <span class="wide">Emulator draws, nothing is charged</span>
      <span class="narrow">Emulator</span>
    </span>
  );
}

function Purse() {
  const budget = ownKey.value?.budget;
  if (!budget) {
    return null;
  }
  const left = Math.max(0, budget.limit_usd - budget.spent_usd);
  return (
    <span class="purse">
      <span>
        {money(left)} of {wholeMoney(budget.limit_usd)} left
      </span>
      <span
        class="track purse-meter"
        role="meter"
        aria-label="Budget left"
        aria-valuemin={0}
        aria-valuemax={budget.limit_usd}
        aria-valuenow={left}
      >
        <span style={{ width: `${(left / budget.limit_usd) * 100}%` }} />
      </span>
    </span>
  );
}

function changeKey(): void {
  forgetKey();
  config.value = undefined;
  ownKey.value = undefined;
  void loadConfig('');
}

function KeyMenu() {
  if (config.value === undefined || config.value.api_keys === 'off') {
    return null;
  }
  const onForget = async () => {
    if (pictures.value.length > 0) {
      const clears = await confirm({
        question: 'Clear the pictures of this browser too?',
        detail: 'Whoever uses this browser next could see them.',
        yes: 'Clear them',
        no: 'Keep them',
      });
      if (clears) {
        await clearHistory();
      }
    }
    changeKey();
  };
  return (
    <Menu
      title="Key"
      label={
        <>
          <Icon name="key" />
          <span class="wide">{config.value.consumer}</span>
          <span class="hidden">, key menu</span>
        </>
      }
    >
      <button type="button" class="menu-item" onClick={changeKey}>
        Change key
      </button>
      <button type="button" class="menu-item" onClick={() => void onForget()}>
        Forget key
      </button>
    </Menu>
  );
}

function ThemeButton() {
  const { value } = theme;
  const icon = value === 'dark' ? 'moon' : value === 'light' ? 'sun' : 'system';
  return (
    <button
      type="button"
      class="button quiet icon-only theme"
      aria-label={`Theme: ${value}`}
      title={`Theme: ${value}`}
      onClick={nextTheme}
    >
      <Icon name={icon} />
    </button>
  );
}
