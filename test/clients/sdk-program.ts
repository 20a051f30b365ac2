import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { sampleImages, type SampleImages } from './sample-images';

const run = promisify(execFile);

/** What a program with an SDK prints. */
export interface ProgramResult {
  readonly response?: ImagesBody;
  readonly requestId?: string;
  readonly events: readonly { readonly type: string; readonly b64_json: string }[];
  readonly error?: Readonly<Record<string, unknown>>;
}

/** A program that plays scenarios with an SDK of its own, an Easel for it, and files to send. */
export interface SdkProgram {
  readonly easel: RunningEasel;
  readonly samples: SampleImages;
  readonly play: (scenario: string) => Promise<ProgramResult>;
  /** The images that a scenario gets from another Easel, in base64. */
  readonly imagesOf: (
    scenario: string,
    baseUrl: string,
  ) => Promise<readonly (string | undefined)[]>;
}

/** What runs a script. */
export interface Interpreter {
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a script prints when it is run with these arguments. */
export async function printedBy(
  { program, env }: Interpreter,
  script: string,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await run(program, [script, ...args], {
    maxBuffer: 100_000_000,
    env: { ...process.env, ...env },
  });
  return stdout;
}

/** Sets the program up for all tests of the block that calls this. */
export function describedProgram(interpreter: Interpreter, script: string): SdkProgram {
  let easel: RunningEasel;
  let samples: SampleImages;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });

  const playAt = async (baseUrl: string, scenario: string): Promise<ProgramResult> => {
    const printed = await printedBy(interpreter, script, [baseUrl, scenario, samples.folder]);
    return JSON.parse(printed) as ProgramResult;
  };

  return {
    get easel() {
      return easel;
    },
    get samples() {
      return samples;
    },
    play: (scenario) => playAt(`${easel.url}/v1`, scenario),
    imagesOf: async (scenario, baseUrl) => {
      const { response, error } = await playAt(baseUrl, scenario);
      expect(error).toBeUndefined();
      return (response?.data ?? []).map((item) => item.b64_json);
    },
  };
}

export function firstImageOf({ response }: ProgramResult): Buffer {
  return Buffer.from(response?.data[0]?.b64_json ?? '', 'base64');
}
