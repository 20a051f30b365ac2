import { readSettings } from './settings';

describe('readSettings', () => {
  it.each([
    [{}, { host: '127.0.0.1', port: 8046, latencyMs: 0, drawing: 'pictures' }],
    [
      {
        EMULATOR_HOST: '0.0.0.0',
        EMULATOR_PORT: '0',
        EMULATOR_LATENCY_MS: '250',
        EMULATOR_DRAWING: ' plain',
      },
      { host: '0.0.0.0', port: 0, latencyMs: 250, drawing: 'plain' },
    ],
    [
      { EMULATOR_PORT: ' ', EMULATOR_KEYS: 'a, b,,' },
      {
        host: '127.0.0.1',
        port: 8046,
        latencyMs: 0,
        drawing: 'pictures',
        keys: ['a', 'b'],
      },
    ],
  ])('%j', (env, expected) => {
    expect(readSettings(env)).toEqual(expected);
  });

  it('names every variable it cannot use', () => {
    const wrong = {
      EMULATOR_PORT: '70000',
      EMULATOR_LATENCY_MS: 'fast',
      EMULATOR_DRAWING: 'nicely',
    };
    expect(() => readSettings(wrong)).toThrow(
      /EMULATOR_PORT[^]*EMULATOR_LATENCY_MS[^]*EMULATOR_DRAWING/u,
    );
  });
});
