import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Easel may live under a path of a proxy, so the page knows no absolute one.
  base: './',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL for a script or a font would need a hole in the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
