import { type ReactNode, useEffect, useRef } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { AboutSettings, AppearanceSettings } from './about-settings.tsx';
import { ArchiveSettings } from './archive-settings.tsx';
import { BackendSettings } from './backend-settings.tsx';
import { CostSettings, PriceSettings } from './cost-settings.tsx';
import { DriverSettings } from './driver-settings.tsx';
import { DemoSettings, JobSettings } from './engine-settings.tsx';
import { HttpSettings } from './http-settings.tsx';
import { OfferSettings } from './offer-settings.tsx';
import { RemoteSettings } from './remote-settings.tsx';
import { RetentionSettings } from './retention-settings.tsx';
import { SecretSettings } from './secret-settings.tsx';
import styles from './settings.module.css';
import { type SettingsAccess, useSettings } from './use-settings.ts';

type Settings = NonNullable<SettingsAccess['settings']>;

const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly body: (access: SettingsAccess, settings: Settings) => ReactNode;
}[] = [
  { id: 'backends', title: 'Backends', body: (a, s) => <BackendSettings access={a} settings={s} /> },
  { id: 'drivers', title: 'Drivers', body: (a, s) => <DriverSettings access={a} settings={s} /> },
  { id: 'secrets', title: 'Secrets', body: () => <SecretSettings /> },
  { id: 'jobs', title: 'Jobs', body: (a, s) => <JobSettings access={a} settings={s} /> },
  { id: 'costs', title: 'Costs & budget', body: (a, s) => <CostSettings access={a} settings={s} /> },
  { id: 'prices', title: 'Prices', body: (a, s) => <PriceSettings access={a} settings={s} /> },
  { id: 'offers', title: 'Offers & rentals', body: (a, s) => <OfferSettings access={a} settings={s} /> },
  { id: 'archive', title: 'Archive', body: (a, s) => <ArchiveSettings access={a} settings={s} /> },
  { id: 'retention', title: 'Retention', body: (a, s) => <RetentionSettings access={a} settings={s} /> },
  {
    id: 'http',
    title: 'HTTP & OpenTelemetry',
    body: (a, s) => <HttpSettings access={a} settings={s} />,
  },
  { id: 'remotes', title: 'Remotes', body: (a, s) => <RemoteSettings access={a} settings={s} /> },
  { id: 'demo', title: 'Demo', body: (a, s) => <DemoSettings access={a} settings={s} /> },
  { id: 'appearance', title: 'Appearance', body: () => <AppearanceSettings /> },
  { id: 'about', title: 'About', body: () => <AboutSettings /> },
];

/** All settings on one page; the path may name the section to scroll to. */
export function SettingsPage(props: { readonly section: string | undefined }): ReactNode {
  const access = useSettings();
  const content = useRef<HTMLDivElement>(null);
  const { settings } = access;
  const loaded = settings !== undefined;
  useEffect(() => {
    if (!loaded || props.section === undefined) return;
    const box = content.current;
    const section = box?.querySelector(`[data-section="${CSS.escape(props.section)}"]`);
    // scrollIntoView would scroll the frame around it too, and take the view's header out of sight.
    if (box != null && section != null)
      box.scrollTop += section.getBoundingClientRect().top - box.getBoundingClientRect().top;
  }, [loaded, props.section]);
  return (
    <View title={<h1>Settings</h1>}>
      <div className={styles.page}>
        <nav className={styles.toc} aria-label="Sections">
          {SECTIONS.map((section) => (
            <a
              key={section.id}
              href={`#${paths.settings(section.id)}`}
              aria-current={props.section === section.id ? 'location' : undefined}
            >
              {section.title}
            </a>
          ))}
        </nav>
        <div ref={content} className={styles.content}>
          {access.changeError !== null && (
            <FailureNotice failure={shownFailure(access.changeError)} what="The settings were not saved." />
          )}
          {access.loadError !== null && (
            <FailureNotice
              failure={shownFailure(access.loadError)}
              what="The settings could not be read."
              onRetry={access.reload}
            />
          )}
          {settings === undefined && access.loadError === null && <Delayed>Reading the settings…</Delayed>}
          {settings !== undefined &&
            SECTIONS.map((section) => (
              <section
                key={section.id}
                data-section={section.id}
                aria-labelledby={`settings-${section.id}`}
                className={styles.section}
              >
                <h2 id={`settings-${section.id}`}>{section.title}</h2>
                {section.body(access, settings)}
              </section>
            ))}
        </div>
      </div>
    </View>
  );
}
