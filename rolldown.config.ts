import { defineConfig } from 'rolldown';

/**
 * The bundle that is shipped: `dist/sallyport.js`, and beside it the audit writer that runs in a worker thread.
 *
 * `ssh2`, `pg` and `sh-syntax` stay packages of their own: they load parts by name at run time.
 */
export default defineConfig({
  input: { sallyport: 'src/main.ts', 'audit-worker': 'src/storage/audit-worker.ts' },
  platform: 'node',
  external: ['ssh2', 'cpu-features', 'pg', 'sh-syntax'],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    cleanDir: true,
    // Smaller by a third; names stay, for the stacks of faults.
    minify: { compress: false, mangle: false, codegen: true },
  },
});
