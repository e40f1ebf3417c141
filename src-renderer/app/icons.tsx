import type { ReactNode } from 'react';

function Icon(props: { readonly children: ReactNode }): ReactNode {
  return (
    <svg viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden="true">
      {props.children}
    </svg>
  );
}

/** A trace: spans one below the other. */
export const BrandIcon = (): ReactNode => (
  <Icon>
    <path d="M2 4h11M5 9h10M5 14h5" strokeWidth="2.4" strokeLinecap="round" />
  </Icon>
);
export const JobsIcon = (): ReactNode => (
  <Icon>
    <path d="M2.5 4h13M2.5 9h13M2.5 14h13" />
    <path d="M2.5 4h5M2.5 9h9M2.5 14h3" strokeWidth="3" />
  </Icon>
);
/** Two groups, each with its interval. */
export const CompareIcon = (): ReactNode => (
  <Icon>
    <path d="M5.5 2v14M3.5 2h4M3.5 16h4M12.5 5v11M10.5 5h4M10.5 16h4" />
    <path d="M5.5 6v5M12.5 9v4" strokeWidth="4.5" />
  </Icon>
);
/** A coin, and what it is counted in. */
export const CostsIcon = (): ReactNode => (
  <Icon>
    <circle cx="9" cy="9" r="7" />
    <path d="M11.4 6.6c-.5-.9-1.4-1.3-2.4-1.3-1.4 0-2.4.7-2.4 1.8 0 2.6 5 1.2 5 3.8 0 1.1-1.1 1.9-2.6 1.9-1.2 0-2.1-.5-2.6-1.4M9 3.7v10.6" />
  </Icon>
);
/** A graphics card, and its fan. */
export const OffersIcon = (): ReactNode => (
  <Icon>
    <path d="M2 2v14M4 5h12.5v7H4zM6.5 12v2.5h5V12" />
    <circle cx="11.8" cy="8.5" r="1.9" />
  </Icon>
);
/** A box with a lid, and the line results are drawn out by. */
export const ArchiveIcon = (): ReactNode => (
  <Icon>
    <path d="M2 3h14v4H2zM3.5 7v8h11V7" />
    <path d="M7 10.5h4" strokeWidth="2" />
  </Icon>
);
/** Lines, each with its mark. */
export const LogsIcon = (): ReactNode => (
  <Icon>
    <path d="M6 4h10M6 9h10M6 14h7" />
    <path d="M2 4h1.5M2 9h1.5M2 14h1.5" strokeWidth="2.4" />
  </Icon>
);
export const SettingsIcon = (): ReactNode => (
  <Icon>
    <path d="M2 5h7M13 5h3M2 13h3M9 13h7" />
    <circle cx="11" cy="5" r="2" />
    <circle cx="7" cy="13" r="2" />
  </Icon>
);
