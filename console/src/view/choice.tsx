import { Complaint, complaintProps } from './complaint';
import { Icon } from './icon';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  /** Why there is nothing to choose. */
  readonly reason?: string;
  readonly onChange: (value: string) => void;
}

/** A field whose value is one of a few. */
export function Choice({ label, value, choices, reason = '', onChange }: ChoiceProps) {
  const id = label.toLowerCase().replace(' ', '-');
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      <div class="select">
        <select
          id={id}
          value={value}
          disabled={reason !== ''}
          title={reason === '' ? undefined : reason}
          {...complaintProps(id)}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        >
          {choices.map(([choice, name]) => (
            <option key={choice} value={choice}>
              {name}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </div>
      <Complaint field={id} />
    </div>
  );
}
