import { showToast } from '../state/announcements';
import { Icon } from './icon';

const SHOWN = 16;

/** The beginning of a request's id, which is enough to tell it by; all of it is copied. */
export function CopyId({ id }: { id: string }) {
  return (
    <button
      type="button"
      class="copy-id"
      title={id}
      onClick={() => {
        void navigator.clipboard.writeText(id);
        showToast('Copied');
      }}
    >
      <span class="hidden">Copy the id</span>
      {id.slice(0, SHOWN)}
      <Icon name="copy" />
    </button>
  );
}
