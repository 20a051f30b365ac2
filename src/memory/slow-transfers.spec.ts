import { transfersToEnd, SlowTransfers, type Pace } from './slow-transfers';

const KIBIBYTE = 1024;
const SLOW = 10 * KIBIBYTE;
const FAST = 300 * KIBIBYTE;

describe('inTheWay', () => {
  const pace = (heldBytes: number, bytesPerSecond: number): Pace => ({ heldBytes, bytesPerSecond });

  it.each<[string, readonly Pace[], readonly number[]]>([
    ['nobody', [], []],
    ['fast ones alone, whatever they hold', [pace(90, FAST), pace(90, FAST)], []],
    ['slow ones within their part', [pace(25, SLOW), pace(25, 0)], []],
    ['one that holds more than that', [pace(51, SLOW)], [0]],
    ['the slowest of several', [pace(25, SLOW), pace(20, 1), pace(20, 2)], [1]],
    ['as many as it takes', [pace(40, SLOW), pace(40, 2), pace(40, 1)], [2, 1]],
    ['of those that stand still, the largest', [pace(20, 0), pace(40, 0)], [1]],
    ['no fast one beside slow ones', [pace(90, FAST), pace(60, SLOW)], [1]],
    ['the one that is just too slow', [pace(60, 256 * KIBIBYTE - 1)], [0]],
    ['not the one that is just fast enough', [pace(60, 256 * KIBIBYTE)], []],
  ])('of a hundred bytes: %s', (_name, paces, expected) => {
    expect(transfersToEnd(paces, 100).map((found) => paces.indexOf(found))).toEqual(expected);
  });
});

describe('SlowTransfers', () => {
  let now = 0;
  let isAwaited = true;
  let transfers: SlowTransfers;
  const cut: string[] = [];

  beforeEach(() => {
    jest.useFakeTimers();
    now = 0;
    isAwaited = true;
    cut.length = 0;
    transfers = new SlowTransfers(
      100,
      () => isAwaited,
      1000,
      () => now,
    );
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A client that takes so many bytes a second; it has nothing to take where that is undefined. */
  function client(name: string, heldBytes: number, bytesPerSecond: () => number | undefined) {
    let taken = 0;
    const end = transfers.add({
      heldBytes,
      takenBytes: () => {
        const bytes = bytesPerSecond();
        taken += bytes ?? 0;
        return Promise.resolve(bytes === undefined ? undefined : taken);
      },
      cutOff: () => {
        cut.push(name);
        end();
      },
    });
    return end;
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      now += 1000;
      await jest.advanceTimersByTimeAsync(1000);
    }
  }

  it('hangs up on a slow client once it was watched for ten seconds', async () => {
    client('slow', 60, () => SLOW);
    client('fast', 60, () => FAST);
    transfers.watch();
    await pass(10);
    expect(cut).toEqual([]);
    await pass(1);
    expect(cut).toEqual(['slow']);
  });

  it('does not disconnect slow clients while no request waits, and starts again when one does', async () => {
    client('slow', 60, () => SLOW);
    transfers.watch();
    await pass(9);
    isAwaited = false;
    await pass(60);
    isAwaited = true;
    transfers.watch();
    await pass(10);
    expect(cut).toEqual([]);
    await pass(1);
    expect(cut).toEqual(['slow']);
  });

  it('does not hold it against a client that there was nothing to take', async () => {
    let second = 0;
    client('stream', 60, () => (++second === 8 ? undefined : 0));
    transfers.watch();
    await pass(18);
    expect(cut).toEqual([]);
    await pass(1);
    expect(cut).toEqual(['stream']);
  });

  it('measures the last ten seconds, not an earlier speed', async () => {
    let second = 0;
    client('sips', 60, () => (++second <= 5 ? 10 * 1024 * KIBIBYTE : SLOW));
    transfers.watch();
    await pass(14);
    expect(cut).toEqual([]);
    await pass(2);
    expect(cut).toEqual(['sips']);
  });

  it('does not check while no request waits', async () => {
    isAwaited = false;
    let looks = 0;
    client('slow', 60, () => ++looks);
    transfers.watch();
    await pass(5);
    expect(looks).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('forgets a transfer that has ended', async () => {
    client('slow', 60, () => SLOW)();
    transfers.watch();
    await pass(15);
    expect(cut).toEqual([]);
  });
});
