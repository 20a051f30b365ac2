import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface MenuProps {
  readonly title: string;
  readonly isIconOnly?: boolean;
  readonly label: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What opens below a button, and closes by Escape, by a choice, or when one goes elsewhere. */
export function Menu({ title, isIconOnly = false, label, children }: MenuProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => {
    details.current?.removeAttribute('open');
  };
  return (
    <details
      class="menu"
      ref={details}
      onKeyDown={({ key }) => {
        if (key === 'Escape') {
          close();
          details.current?.querySelector('summary')?.focus();
        }
      }}
      onFocusOut={({ relatedTarget, currentTarget }) => {
        if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) {
          close();
        }
      }}
    >
      <summary class={`button quiet ${isIconOnly ? 'icon-only' : ''}`} title={title}>
        {label}
      </summary>
      <div class="menu-items" onClick={close}>
        {children}
      </div>
    </details>
  );
}
