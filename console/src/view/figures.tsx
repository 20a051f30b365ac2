import type { ComponentChildren } from 'preact';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: ComponentChildren;
}

/** Four figures at the head of a view. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong> {note !== undefined && <span>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
