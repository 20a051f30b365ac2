import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { until } from '../until';

const PROMPT = 'a lighthouse that no log may see';

/** What an Easel process has written once these requests are over. */
async function logOf(
  env: Readonly<Record<string, string>>,
  bodies: readonly object[],
): Promise<readonly string[]> {
  const easel: EaselProcess = startProcess({ LOG_LEVEL: 'info', ...env });
  const url = await easel.url();
  for (const body of bodies) {
    await (await generateAt(url, { prompt: PROMPT, ...body })).arrayBuffer();
  }
  await until(() => easel.output().split('POST /v1').length > bodies.length);
  easel.child.kill('SIGTERM');
  await easel.exit;
  expect(easel.output()).not.toContain('lighthouse');
  return easel.output().trim().split('\n');
}

it('has the field or the model of a fault, the level as a label, and the service', async () => {
  const bodies = [
    { n: 0 },
    { model: 'gemini-4-ultra' },
    { [PROMPT]: 'a field whose name is a text' },
    {},
  ];
  const lines = (
    await logOf(
      { LOG_FORMAT: 'json', LOG_LEVEL_FORMAT: 'label', TRUSTED_PROXIES: 'loopback' },
      bodies,
    )
  ).map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) {
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(info|warn|error)$/) as string,
      service: 'easel',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
  }
  const requests = lines.filter(({ msg }) => /^POST /.test(String(msg)));
  expect(requests).toMatchObject([
    { status: 400, fault: 'invalid_request', field: 'n', client: '127.0.0.1' },
    { status: 404, fault: 'model_not_found', model: 'gemini-4-ultra', consumer: 'anonymous' },
    { status: expect.any(Number) as number },
    {
      status: 200,
      images: {
        model: 'gemini-3-pro-image',
        requested: 1,
        returned: 1,
        attempts: 1,
        costUsd: expect.any(Number) as number,
        tokens: { input: expect.any(Number) as number, output: expect.any(Number) as number },
      },
    },
  ]);
});

it('is one line of 120 columns at most for a request, for a person', async () => {
  const bodies = [{ n: 3, size: '1536x1024' }, { n: 0 }];
  const lines = await logOf({ LOG_FORMAT: 'pretty' }, bodies);
  const requests = lines.filter((line) => line.includes('POST /v1'));
  expect(requests).toEqual([
    expect.stringMatching(
      /^\[\d\d:\d\d:\d\d\] INFO: POST \/v1\/images\/generations 200 \d+ms 3\/3 gemini-3-pro-image/,
    ),
    expect.stringMatching(
      /INFO: POST \/v1\/images\/generations 400 \d+ms .*field=n client=127\.0\.0\.1$/,
    ),
  ]);
  for (const line of requests) {
    expect(line.length).toBeLessThanOrEqual(120);
  }
});
