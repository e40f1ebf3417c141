import { type ReactNode, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { sourceOfPath } from '#renderer/client/routes.ts';
import { FrameSlotsContext } from '#renderer/widgets/view.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import styles from './frame.module.css';
import { KeySheet } from './key-sheet.tsx';
import { NavRail } from './nav-rail.tsx';
import { OpenStore } from './open-store.tsx';
import { Palette } from './palette.tsx';
import { Routes } from './routes.tsx';
import { SourceBanner } from './source-banner.tsx';
import { SourceSwitcher } from './source-switcher.tsx';
import { StatusBar } from './status-bar.tsx';
import { StrayBanner } from './stray-banner.tsx';
import { useFrameActions } from './use-frame-actions.ts';

type Dialog = 'palette' | 'keys' | 'open-store' | null;

/** Nav rail, view, status bar; and the dialogs that can be opened from anywhere. */
export function Frame(): ReactNode {
  const [dialog, setDialog] = useState<Dialog>(null);
  const [path] = useLocation();
  const source = sourceOfPath(path);
  useFrameActions({
    palette: () => setDialog('palette'),
    keys: () => setDialog('keys'),
    openStore: () => setDialog('open-store'),
  });
  const slots = useMemo(
    () => ({
      // The archive and comparisons have pickers of their own, for other places and for many; costs, rentals and logs are the own store's.
      lead: /^\/(archive|compare|costs|offers|logs)(\/|$)/.test(path) ? null : (
        <SourceSwitcher source={source} onOpenStore={() => setDialog('open-store')} />
      ),
      trail: (
        <button
          type="button"
          className={styles.help}
          title="Keys of this view  ?"
          aria-label="Keys of this view"
          onClick={() => setDialog('keys')}
        >
          ?
        </button>
      ),
      banners: (
        <>
          <ConnectionBanner />
          <SourceBanner source={source} />
        </>
      ),
    }),
    [source, path],
  );
  const close = (): void => setDialog(null);
  return (
    <div className={styles.frame}>
      <NavRail />
      <div className={styles.view}>
        <StrayBanner />
        <FrameSlotsContext value={slots}>
          <Routes />
        </FrameSlotsContext>
      </div>
      <StatusBar source={source} />
      {dialog === 'palette' && <Palette onClose={close} />}
      {dialog === 'keys' && <KeySheet onClose={close} />}
      {dialog === 'open-store' && <OpenStore onClose={close} />}
    </div>
  );
}
