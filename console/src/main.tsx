import './design/tokens.css';
import './design/base.css';
import './parts/controls.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { queries } from './api/answer.ts';
import { chosenTheme, chooseTheme } from './design/theme.ts';
import { router } from './routes.tsx';

chooseTheme(chosenTheme());

const place = document.getElementById('console');
if (place === null) throw new Error('the page has no place for the console');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
