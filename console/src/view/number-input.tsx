import { useState } from 'preact/hooks';
import { wholeNumber } from '../logic/whole-number';
import { complaintProps } from './complaint';

interface NumberInputProps {
  readonly id: string;
  readonly class?: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

/** A number that counts as it is typed, not only when one leaves the field. */
export function NumberInput({ id, class: name, min, max, value, onValue }: NumberInputProps) {
  /** Text that is no number yet, or not as it is written, stays while one types. */
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const endDraft = () => {
    setDraft(undefined);
  };
  return (
    <input
      id={id}
      class={name}
      type="number"
      min={min}
      max={max}
      step={1}
      value={draft ?? String(value)}
      {...complaintProps(id)}
      onInput={({ currentTarget: { value: text } }) => {
        const number = wholeNumber(text, min, max);
        // Too large stays too large, whatever follows: it is corrected at once.
        setDraft(Number(text) > max ? undefined : text);
        if (number !== undefined) {
          onValue(number);
        }
      }}
      onChange={endDraft}
      onBlur={endDraft}
    />
  );
}
