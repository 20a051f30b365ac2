import { startEasel } from '../running-easel';
import { png, respondWhole, startScriptedUpstream } from '../scripted-upstream';
import { until } from '../until';
import { expectOneCallEach, IMPATIENCES, IMPATIENT_IMAGES, IMPATIENT_MS } from './impatient-sdk';
import { openAiPackages } from './openai-packages';

const FIELDS = { model: 'gpt-image-1', prompt: 'a boat' };

describe.each(openAiPackages)(
  'the official openai package, %s, that gives up too soon',
  (_version, sdk) => {
    const open = (baseURL: string, maxRetries: number) =>
      sdk.open({ baseURL, apiKey: 'any', timeout: IMPATIENT_MS, maxRetries });

    it.each(IMPATIENCES)('costs one call for each image: %s', async (_name, scenario, how) => {
      await expectOneCallEach(async (baseUrl) => {
        const openai = open(baseUrl, 2);
        if (scenario === 'impatient_with_keys') {
          Object.assign(openai, { idempotencyHeader: 'Idempotency-Key' });
        }
        const { data } = await openai.images.generate({ ...FIELDS, n: IMPATIENT_IMAGES });
        return (data ?? []).map((item) => item.b64_json);
      }, how);
    });

    it('gets a new image if the user, not the package, sends the request again', async () => {
      const images = await Promise.all([png(8), png(9)]);
      const upstream = await startScriptedUpstream(() => undefined);
      const easel = await startEasel({ accounts: [{ email: 'one@test', baseUrl: upstream.url }] });
      try {
        const openai = open(`${easel.url}/v1`, 0);
        const given = openai.images.generate(FIELDS).then(
          () => 'a picture',
          () => 'nothing',
        );
        await until(() => easel.rawLog().includes('are finished without'));
        expect(await given).toBe('nothing');
        upstream.calls.forEach((call) => {
          respondWhole(call, images[0]);
        });
        const asked = openai.images.generate(FIELDS);
        // A package begins when somebody waits for it.
        const { data } = await Promise.all([
          asked,
          until(() => upstream.calls.length === 2).then(() => {
            upstream.calls.slice(1).forEach((call) => {
              respondWhole(call, images[1]);
            });
          }),
        ]).then(([response]) => response);
        expect(data?.map((item) => item.b64_json)).toEqual([images[1]]);
      } finally {
        await easel.close();
        await upstream.close();
      }
    });
  },
);
