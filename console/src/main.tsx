import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/frame.css';
import './styles/make.css';
import './styles/images.css';
import './styles/mask.css';
import './styles/viewer.css';
import './styles/pages.css';
import './styles/touch.css';
import { loadHistory } from './state/history';
import { followForm } from './state/plan';
import { config, loadConfig, loadOwnKey } from './state/session';
import { effect } from '@preact/signals';
import { followUsage } from './state/usage';
import { App } from './view/app';
import { listenForShortcuts } from './view/shortcuts';

const root = document.getElementById('app');
if (root === null) {
  throw new Error('the page has no #app');
}
render(<App />, root);
followForm();
followUsage();
listenForShortcuts();
void loadConfig();
void loadHistory();
effect(() => {
  if (config.value !== undefined) {
    void loadOwnKey();
  }
});
