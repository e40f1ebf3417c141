import './zod-without-eval.ts';
import '@mantine/core/styles.css';
import './styles/tokens.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { applySchemeEarly } from './app/theme.ts';
import { connect } from './client/connect.ts';

applySchemeEarly();
const connection = connect();
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App connection={connection} />
    </StrictMode>,
  );
}
