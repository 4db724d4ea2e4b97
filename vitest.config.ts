import { defineConfig } from 'vitest/config';

interface Suite {
  name: string;
  /** Folder below test/. */
  folder: string;
  testSeconds: number;
}

/** With real engines, or with one server for all files: files run one after another. */
const serial: Suite[] = [
  { name: 'fleet', folder: 'fleet', testSeconds: 60 },
  { name: 'contract', folder: 'contract', testSeconds: 60 },
  { name: 'wire', folder: 'docker-api', testSeconds: 120 },
  { name: 'cli', folder: 'cli', testSeconds: 120 },
  { name: 'clients', folder: 'clients', testSeconds: 120 },
  { name: 'comparison', folder: 'comparison', testSeconds: 90 },
  { name: 'build', folder: 'build', testSeconds: 180 },
  { name: 'edge', folder: 'edge', testSeconds: 120 },
  { name: 'walls', folder: 'walls', testSeconds: 120 },
  { name: 'crash', folder: 'crash', testSeconds: 300 },
  { name: 'escape', folder: 'escape', testSeconds: 120 },
  { name: 'deployments', folder: 'deployments', testSeconds: 120 },
  { name: 'streams', folder: 'streams', testSeconds: 120 },
  { name: 'rest', folder: 'rest-api', testSeconds: 60 },
  { name: 'worker', folder: 'worker', testSeconds: 60 },
];

const postgres = ['./test/setup/postgres-global.ts'];

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      { test: { name: 'pure', include: ['test/pure/**/*.test.ts'], testTimeout: 60_000 } },
      {
        // Needs PostgreSQL and no engine: every folder that no other suite claims, so that no test file is forgotten.
        test: {
          name: 'local',
          include: ['test/**/*.test.ts'],
          exclude: ['test/pure/**', ...serial.map((suite) => `test/${suite.folder}/**`)],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: postgres,
        },
      },
      ...serial.map((suite) => ({
        test: {
          name: suite.name,
          include: [`test/${suite.folder}/**/*.test.ts`],
          fileParallelism: false,
          testTimeout: suite.testSeconds * 1000,
          hookTimeout: 120_000,
          globalSetup: postgres,
        },
      })),
    ],
  },
});
