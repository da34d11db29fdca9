import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

export const usual: NonNullable<ViteUserConfig['test']> = {
  include: ['test/**/*.test.ts'],
  exclude: [...configDefaults.exclude, 'test/slow/**'],
  globalSetup: ['test/global-setup.ts'],
  // Processes, not threads: tests change signals, working directories and the environment, and some kill what they start.
  pool: 'forks',
  // Most of a test's time is waiting for a host. More at once than cores would measure the machine instead.
  maxWorkers: 2,
  testTimeout: 20_000,
  hookTimeout: 40_000,
  expect: { poll: { timeout: 5_000 } },
  // The suite talks to real servers; what a run leaves in the environment of the person who starts it must not decide it.
  env: { NO_COLOR: '1' },
  unstubEnvs: true,
};

export default defineConfig({ test: usual });
