import { LARGE_GENERATION, startAttackedEasel, type AttackedEasel } from '../attacked-easel';
import { generateAt } from '../easel-process';
import { until } from '../until';

const MOST_LEFT_MEBIBYTES = 64;

jest.setTimeout(120_000);

describe('the memory of an idle process', () => {
  let easel: AttackedEasel;

  beforeAll(async () => {
    easel = await startAttackedEasel(1024);
  });
  afterAll(() => easel.close());

  it('is what it was before 32 images of 12 MB, soon after them', async () => {
    const before = easel.residentMebibytes();
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await generateAt(easel.url, { ...LARGE_GENERATION, n: 4 });
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    // Not what it has: on a busy machine, the last response may be read after the first slabs were given back.
    expect(easel.peakMebibytes()).toBeGreaterThan(before + 2 * MOST_LEFT_MEBIBYTES);
    await until(() => easel.residentMebibytes() < before + MOST_LEFT_MEBIBYTES);
  });
});
