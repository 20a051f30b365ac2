import { startEasel } from '../running-easel';
import { png, respondWhole, startScriptedUpstream, type ScriptedCall } from '../scripted-upstream';
import { until } from '../until';

/** Longer than it takes to make a request and its calls, and shorter than any of the images takes. */
export const IMPATIENT_MS = 3000;
export const IMPATIENT_IMAGES = 4;

/** Asks for that many images at that address, with that timeout and two retries, and gives them in base64. */
type ImpatientProgram = (baseUrl: string) => Promise<readonly (string | undefined)[]>;

interface Impatience {
  /** What Easel logs once the client has given up. */
  readonly sign: string;
  /** How many calls are made before that. */
  readonly begun: number;
  /** How many of those have their response by then. */
  readonly done: number;
}

/** How clients give up, by what saves their images. */
export const IMPATIENCES: readonly (readonly [
  name: string,
  scenario: 'impatient' | 'impatient_with_keys',
  impatience: Impatience,
])[] = [
  [
    'two of four are there',
    'impatient',
    { sign: '4 image(s) are finished without', begun: 4, done: 2 },
  ],
  [
    'two of four are under way',
    'impatient',
    { sign: '2 image(s) are finished without', begun: 2, done: 0 },
  ],
  [
    'two of four are there, and it sends keys',
    'impatient_with_keys',
    { sign: 'the request continues without its client', begun: 4, done: 2 },
  ],
];

/** Runs a program that gives up too soon, and expects that it gets its images, each for one call. */
export async function expectOneCallEach(
  ask: ImpatientProgram,
  { sign, begun, done }: Impatience,
): Promise<void> {
  const images = await Promise.all(
    Array.from({ length: IMPATIENT_IMAGES }, (_, index) => png(8 + index)),
  );
  const upstream = await startScriptedUpstream(() => undefined);
  const account = { email: 'one@test', baseUrl: upstream.url, maxConcurrency: begun };
  const easel = await startEasel({ accounts: [account] });
  const respondTo = (call: ScriptedCall): void => {
    if (!call.response.writableEnded) {
      respondWhole(call, images[call.number - 1] ?? '');
    }
  };
  try {
    const asked = ask(`${easel.url}/v1`);
    await until(() => upstream.calls.length === begun);
    upstream.calls.slice(0, done).forEach(respondTo);
    await until(() => easel.rawLog().includes(sign));
    upstream.calls.forEach(respondTo);
    await until(() => upstream.calls.length === IMPATIENT_IMAGES);
    upstream.calls.forEach(respondTo);
    expect([...(await asked)].sort()).toEqual([...images].sort());
    expect(upstream.calls).toHaveLength(IMPATIENT_IMAGES);
  } finally {
    await easel.close();
    await upstream.close();
  }
}
