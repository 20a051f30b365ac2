import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPriceTable, priceFaults } from './load-price-table';

describe('PRICES_FILE', () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-prices-'));
  const path = join(folder, 'prices.yaml');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is not needed', () => {
    expect(priceFaults(undefined)).toEqual([]);
    expect(loadPriceTable(undefined).models.size).toBeGreaterThan(4);
  });

  it('replaces what it names', () => {
    writeFileSync(
      path,
      JSON.stringify({
        asOf: '2027-01-01',
        source: 'our contract',
        models: {
          'gemini-3-pro-image': {
            inputPerMillion: 1,
            textOutputPerMillion: 6,
            imageOutputPerMillion: 60,
            perImage: { '1K': 0.07 },
          },
        },
      }),
    );
    expect(priceFaults(path)).toEqual([]);
    const { models } = loadPriceTable(path);
    expect(models.get('gemini-3-pro-image')?.imageOutputPerMillion).toBe(60);
    expect(models.get('gemini-2.5-flash-image')?.imageOutputPerMillion).toBe(30);
  });

  it('reports all of its faults', () => {
    writeFileSync(path, 'models: {gemini-3-pro-image: {inputPerMilion: 1}}');
    const faults = priceFaults(path);
    expect(faults.length).toBeGreaterThan(3);
    expect(faults).toContainEqual(expect.stringContaining('PRICES_FILE: asOf must be'));
    expect(faults).toContainEqual(expect.stringContaining('inputPerMilion is unknown'));
  });

  it('reports that it cannot be read', () => {
    expect(priceFaults(join(folder, 'none.yaml'))).toEqual([
      `PRICES_FILE: the file cannot be read: ${join(folder, 'none.yaml')}`,
    ]);
  });
});
