import { useEffect } from 'preact/hooks';
import { complaint, faultOf } from '../state/form';
import { byId } from './by-id';
import { Icon } from './icon';

/** Under a field, what is wrong with it; focus goes there if it was to be sent. */
export function Complaint({ field }: { field: string }) {
  const { value } = complaint;
  const words = faultOf(field);
  useEffect(() => {
    if (value?.field === field) {
      const target = byId(field);
      target?.closest('details')?.setAttribute('open', '');
      target?.focus({ preventScroll: true });
      // With its words, and clear of the ticket, which focus alone would leave it under.
      target?.closest('.field')?.scrollIntoView({ block: 'center' });
    }
  }, [value]);
  return (
    <p class="complaint" id={complaintId(field)}>
      {words !== '' && (
        <>
          <Icon name="bad" />
          <span role="alert">{words}</span>
        </>
      )}
    </p>
  );
}

/** Ties a control to its complaint for those who do not see that they stand together. */
export function complaintProps(field: string) {
  const isInvalid = faultOf(field) !== '';
  return {
    'aria-invalid': isInvalid,
    'aria-describedby': isInvalid ? complaintId(field) : undefined,
  };
}

function complaintId(field: string): string {
  return `${field}-complaint`;
}
