import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Router } from 'wouter';
import type { Connection } from '#renderer/client/connection.ts';
import { useHashPath } from '#renderer/client/hash-location.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import { Frame } from './frame.tsx';
import { DEFAULT_SCHEME, schemeManager, styleNonce, theme } from './theme.ts';

export function App(props: { readonly connection: Connection }): ReactNode {
  const [queryClient] = useState(createQueryClient);
  return (
    <MantineProvider
      theme={theme}
      colorSchemeManager={schemeManager}
      defaultColorScheme={DEFAULT_SCHEME}
      getStyleNonce={styleNonce}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <ApiProvider connection={props.connection} queryClient={queryClient}>
        <ActionProvider>
          <Router hook={useHashPath}>
            <Frame />
          </Router>
        </ActionProvider>
      </ApiProvider>
    </MantineProvider>
  );
}
