import type { RequestMemory } from '../memory/request-memory';
import { AbandonedRequest } from './abandoned-request';
import { OngoingImage } from './ongoing-image';

/** An abandoned request, and whether its memory is there. */
function abandoned(images: readonly OngoingImage<string>[], inherited?: AbandonedRequest) {
  const told: AbandonedRequest[] = [];
  const state = { isReleased: false, isWorking: true, keptBytes: undefined as number | undefined };
  const memory = {
    keepOnly: (_slices: readonly Buffer[], bytes: number) => (state.keptBytes = bytes),
    release: () => (state.isReleased = true),
  };
  const request = new AbandonedRequest({
    context: {
      id: 'req_1',
      outlive: () => () => (state.isWorking = false),
      takeMemory: () => memory as unknown as RequestMemory,
    },
    images: new Map(images.map((image, index) => [index, image])),
    fingerprint: Promise.resolve('f'),
    renderAgain: undefined,
    inherited,
    onOver: (over) => told.push(over),
  });
  return { request, state, told };
}

function made(text: string): OngoingImage<string> {
  const image = new OngoingImage<string>();
  image.begin();
  image.succeed(text, [Buffer.from(text)]);
  return image;
}

describe('AbandonedRequest', () => {
  it('runs until no more images are coming, and then keeps the bytes of the images', () => {
    const coming = new OngoingImage<string>();
    coming.begin();
    const { request, state, told } = abandoned([coming, made('two')]);
    expect([request.isAtWork, state.isWorking, state.keptBytes]).toEqual([true, true, undefined]);
    coming.succeed('one', [Buffer.from('one')]);
    expect([request.isAtWork, state.isWorking, state.keptBytes]).toEqual([false, false, 6]);
    expect([request.made, told]).toEqual([['one', 'two'], [request]]);
  });

  it('offers finished and running images, but no failed ones', () => {
    const failed = new OngoingImage<string>();
    failed.begin();
    failed.fail();
    const coming = new OngoingImage<string>();
    coming.begin();
    const { request } = abandoned([failed, coming, made('three')]);
    expect([...request.adoptable.keys()]).toEqual([1, 2]);
  });

  it('releases its memory once nothing reads from it', () => {
    const { request, state } = abandoned([made('one')]);
    const stop = request.read();
    const stopOther = request.read();
    request.giveUp();
    stop();
    stop();
    expect(state.isReleased).toBe(false);
    stopOther();
    expect(state.isReleased).toBe(true);
  });

  it('drops running images before finished ones, the last of them first', () => {
    const coming = [new OngoingImage<string>(), new OngoingImage<string>()];
    const [first, second] = coming;
    coming.forEach((image) => {
      image.begin();
    });
    const { request, state } = abandoned([...coming, made('three'), made('four')]);
    const left: number[][] = [];
    for (let times = 0; times < 3; times += 1) {
      request.giveUpOne();
      left.push([...request.adoptable.keys()]);
    }
    expect(left).toEqual([[0, 2, 3], [2, 3], [2]]);
    expect(coming.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(state.isWorking).toBe(true);
    first?.fail();
    second?.fail();
    expect([state.isWorking, state.keptBytes]).toEqual([false, 5]);
  });

  it('releases the bytes of given-up images once nothing reads from them', () => {
    const { request, state } = abandoned([made('one'), made('three')]);
    expect(state.keptBytes).toBe(8);
    const stop = request.read();
    request.giveUpOne();
    expect(state.keptBytes).toBe(8);
    stop();
    expect([state.keptBytes, state.isReleased]).toEqual([3, false]);
  });

  it('is aborted when it is dropped, and keeps nothing that still arrives', () => {
    const coming = new OngoingImage<string>();
    coming.begin();
    const { request, state } = abandoned([coming]);
    request.giveUp();
    expect(state.isWorking).toBe(false);
    coming.succeed('late', [Buffer.from('late')]);
    expect(state.keptBytes).toBeUndefined();
  });

  it('keeps adopted images as long as itself, and as long as they are read', () => {
    const image = made('one');
    const first = abandoned([image]);
    const second = abandoned([image], first.request);
    // Its bytes are the first one's.
    expect(second.state.keptBytes).toBe(0);
    const stop = second.request.read();
    second.request.giveUp();
    expect(first.state.isReleased).toBe(false);
    stop();
    expect(first.state.isReleased).toBe(true);
  });
});
