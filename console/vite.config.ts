import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

import { budget } from './budget.ts';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), budget()],
  build: {
    target: 'es2024',
    // Every browser that runs the rest preloads by itself.
    modulePreload: { polyfill: false },
    // The content security policy takes no script that is written into a page.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  // To work on the console beside a running controller: `vite console`, with its API behind the same origin.
  server: {
    proxy: { '/api': { target: process.env['VAGUS_API'] ?? 'https://127.0.0.1:9443', secure: false } },
  },
});
