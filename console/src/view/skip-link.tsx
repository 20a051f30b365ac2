import { config, shownTab, type Tab } from '../state/session';
import { byId } from './by-id';
import { isPanelShown } from './shortcuts';

const TARGETS: Readonly<Record<Tab, { readonly id: string; readonly name: string }>> = {
  make: { id: 'prompt', name: 'Prompt' },
  pool: { id: 'view-pool', name: 'Account pool' },
  usage: { id: 'view-usage', name: 'Usage' },
};

/** Past the bar, to what the view is for. The card of the key has the focus in its field already. */
export function SkipLink() {
  if (config.value === undefined) {
    return null;
  }
  const { id, name } = TARGETS[shownTab.value];
  return (
    <a
      class="skip"
      href={`#${id}`}
      onClick={(event) => {
        // The address holds the name of the view.
        event.preventDefault();
        if (isPanelShown.value || id !== 'prompt') {
          byId(id)?.focus();
          return;
        }
        isPanelShown.value = true;
        requestAnimationFrame(() => byId(id)?.focus());
      }}
    >
      Skip to {name}
    </a>
  );
}
