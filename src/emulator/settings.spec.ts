import { readSettings } from './settings';

describe('readSettings', () => {
  it.each([
    [{}, { host: '127.0.0.1', port: 8046, latencyMs: 0 }],
    [
      { EMULATOR_HOST: '0.0.0.0', EMULATOR_PORT: '0', EMULATOR_LATENCY_MS: '250' },
      { host: '0.0.0.0', port: 0, latencyMs: 250 },
    ],
    [
      { EMULATOR_PORT: ' ', EMULATOR_KEYS: 'a, b,,' },
      { host: '127.0.0.1', port: 8046, latencyMs: 0, keys: ['a', 'b'] },
    ],
  ])('%j', (env, expected) => {
    expect(readSettings(env)).toEqual(expected);
  });

  it('names every variable it cannot use', () => {
    expect(() => readSettings({ EMULATOR_PORT: '70000', EMULATOR_LATENCY_MS: 'fast' })).toThrow(
      /EMULATOR_PORT[^]*EMULATOR_LATENCY_MS/u,
    );
  });
});
