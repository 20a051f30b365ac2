import { untilAborted } from './until-aborted';

const never = new Promise<string>(() => undefined);

describe('untilAborted', () => {
  it('returns the result of the work', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve('done'), signal)).toBe('done');
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('throws the reason of an abort, before or meanwhile', async () => {
    const gone = new Error('gone');
    await expect(untilAborted(never, AbortSignal.abort(gone))).rejects.toBe(gone);
    const controller = new AbortController();
    const waiting = untilAborted(never, controller.signal);
    controller.abort(gone);
    await expect(waiting).rejects.toBe(gone);
  });

  it('lets the work go on for others', async () => {
    const controller = new AbortController();
    const work = new Promise<string>((resolve) => {
      setTimeout(resolve, 20, 'done');
    });
    const left = untilAborted(work, controller.signal);
    const stays = untilAborted(work, new AbortController().signal);
    controller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(await stays).toBe('done');
  });
});
