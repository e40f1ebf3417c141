import { createTheme, localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core';

const SCHEME_KEY = 'runescope.scheme';
export const schemeManager = localStorageColorSchemeManager({ key: SCHEME_KEY });
export const DEFAULT_SCHEME: MantineColorScheme = 'auto';

/** Sets the scheme before the first paint; Mantine takes over from there. */
export function applySchemeEarly(): void {
  const chosen = schemeManager.get(DEFAULT_SCHEME);
  const dark =
    chosen === 'auto' ? window.matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
}

/** The nonce that this page's styles must carry, as the host wrote it. */
export const styleNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

const small = { size: 'xs' } as const;

/** Sizes and behaviour; colours and lengths stand in styles/base.css. */
export const theme = createTheme({
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'compact-sm' } },
    ActionIcon: { defaultProps: { size: 'sm', variant: 'subtle' } },
    TextInput: { defaultProps: small },
    PasswordInput: { defaultProps: small },
    NumberInput: { defaultProps: small },
    Textarea: { defaultProps: small },
    Select: { defaultProps: small },
    Autocomplete: { defaultProps: small },
    TagsInput: { defaultProps: small },
    Checkbox: { defaultProps: small },
    Switch: { defaultProps: small },
    SegmentedControl: { defaultProps: small },
    Tabs: { defaultProps: { keepMounted: false } },
    // The page never scrolls, so there is nothing to lock.
    Modal: { defaultProps: { lockScroll: false, transitionProps: { duration: 0 } } },
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    Combobox: { defaultProps: { transitionProps: { duration: 0 } } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 0 } } },
  },
});
