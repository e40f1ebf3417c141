import type { ReactNode } from 'react';

/** What tooltips of rows are made of. */
export const TipTitle = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <div className="wf-tip-title">{children}</div>
);

export const TipLine = ({
  name,
  value,
  title,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly title?: string;
  readonly note?: string;
}): ReactNode => (
  <div className="wf-tip-line">
    <span>{name}</span>
    <span className="wf-figure" title={title}>
      {value}
      {note !== undefined && <span className="wf-dim"> {note}</span>}
    </span>
  </div>
);

export const TipNote = ({ children }: { readonly children: string }): ReactNode => (
  <div className="wf-tip-note">{children}</div>
);
