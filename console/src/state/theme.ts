import { effect } from '@preact/signals';
import { keptSetting } from './kept-setting';

const ORDER = ['system', 'light', 'dark'] as const;

export const theme = keptSetting('easel-theme', 'system');

effect(() => {
  // Without the attribute the style sheet follows the system.
  if (theme.value === 'system') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = theme.value;
  }
});

export function nextTheme(): void {
  const here = ORDER.findIndex((name) => name === theme.value);
  theme.value = ORDER[(here + 1) % ORDER.length] ?? 'system';
}
