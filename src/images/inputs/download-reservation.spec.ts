import { GatewayError } from '../../errors/gateway-error';
import { MemoryBudget } from '../../memory/memory-budget';
import { RequestMemory } from '../../memory/request-memory';
import { SlabPool } from '../../memory/slab-pool';
import { DownloadReservations, bytesToReserve } from './download-reservation';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the room of a download', () => {
  const signal = new AbortController().signal;
  const requestOf = (budget: MemoryBudget) => new RequestMemory(new SlabPool(), budget);

  it.each([
    [0, 64 * KIB],
    [1, 128 * KIB],
    [64 * KIB, 128 * KIB],
    [64 * KIB + 1, 192 * KIB],
    [45 * MIB, 45 * MIB + 64 * KIB],
  ])('with %i bytes received is %i bytes', (bytes, expected) => {
    expect(bytesToReserve(bytes)).toBe(expected);
  });

  it('waits without memory until an older one has ended', async () => {
    const budget = new MemoryBudget(2 * MIB, 10);
    const elder = requestOf(budget);
    const elders = await new DownloadReservations(elder, signal).open();
    await elders.add(1.5 * MIB);
    const younger = requestOf(budget);
    const opening = new DownloadReservations(younger, signal).open();
    expect(await Promise.race([opening, soon()])).toBeUndefined();
    expect(budget.waiting).toBe(1);
    elder.release();
    expect((await opening).bytes).toBe(0);
  });

  it('of two downloads of one request uses one share, one after the other', async () => {
    const budget = new MemoryBudget(MIB, 10);
    const [elder, younger] = [requestOf(budget), requestOf(budget)];
    await new DownloadReservations(elder, signal).open();
    const downloads = new DownloadReservations(younger, signal);
    const both = Promise.all([downloads.open(), downloads.open()]);
    expect(await Promise.race([both, soon()])).toBeUndefined();
    expect(budget.waiting).toBe(1);
    elder.release();
    const [one, other] = await both;
    await Promise.all([one.add(10), other.add(10)]);
    expect(budget.bytes).toBe(4 * 64 * KIB);
    one.release();
    other.release();
    other.release();
    expect(budget.bytes).toBe(0);
  });

  it('is waited for as long as a body would, and no longer', async () => {
    const budget = new MemoryBudget(MIB, 10);
    await new DownloadReservations(requestOf(budget), signal).open();
    const opening = new DownloadReservations(requestOf(budget), signal, 20).open();
    await expect(opening).rejects.toThrow(GatewayError);
    expect(budget.waiting).toBe(0);
  });

  it('does not wait for a client that hung up', async () => {
    const budget = new MemoryBudget(MIB, 10);
    await new DownloadReservations(requestOf(budget), signal).open();
    const leaving = new AbortController();
    const opening = new DownloadReservations(requestOf(budget), leaving.signal).open();
    leaving.abort(new Error('gone'));
    await expect(opening).rejects.toThrow('gone');
    expect(budget.waiting).toBe(0);
  });
});

function soon(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(resolve, undefined));
}
