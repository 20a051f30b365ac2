import { useEffect } from 'preact/hooks';
import { complaint } from '../state/form';
import { byId } from './by-id';
import { Icon } from './icon';

/** Under a field, what is wrong with it; focus goes there. */
export function Complaint({ field }: { field: string }) {
  const { value } = complaint;
  const words = value?.field === field ? value.words : '';
  useEffect(() => {
    if (words !== '') {
      const target = byId(field);
      target?.closest('details')?.setAttribute('open', '');
      target?.focus();
    }
  }, [value]);
  return (
    <p class="complaint" id={`${field}-complaint`}>
      {words !== '' && <Icon name="bad" />}
      {words}
    </p>
  );
}
