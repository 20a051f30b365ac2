import { availableParallelism } from 'node:os';
import { BUILD } from './test/test-build.mjs';

// Types are checked by `npm run types`, so the tests only transpile: seconds instead of minutes.
const typescript = { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] };

/** @type {import('jest').Config} */
export default {
  // Many tests wait, for a process to start or for time to pass: two at once would leave two cores idle for half of the
  // time. With four, nginx once got no turn for two seconds in the test of a rolling update.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  // Concurrent tests of one file only wait.
  maxConcurrency: 8,
  // It only ends what hangs: two slow cores that others use as well are no reason to fail.
  testTimeout: 300_000,
  projects: [
    {
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/console/src'],
      testMatch: ['**/*.spec.ts'],
      transform: typescript,
      testEnvironment: 'node',
    },
    {
      // End to end means the build that ships: `src/…` in a test is taken from a build of the sources
      // as they stand, where the Swagger plugin has already run.
      displayName: 'e2e',
      roots: ['<rootDir>/test'],
      testMatch: ['**/*.spec.ts'],
      transform: typescript,
      testEnvironment: 'node',
      moduleNameMapper: { '^(?:\\.\\./)+src/(.*)$': `${BUILD}/$1` },
      globalSetup: '<rootDir>/test/test-build.mjs',
    },
  ],
};
