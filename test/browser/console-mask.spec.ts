import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeInBrowser, launchChromium } from './chromium';
import { fillPrompt, generate, imagesMade, openConsole, type Looks } from './console-page';

const WIDTH = 640;
const HEIGHT = 400;

interface GeminiBody {
  readonly contents: readonly {
    readonly parts: readonly { readonly inlineData?: { readonly data: string } }[];
  }[];
}

describeInBrowser('the mask brush of the console', () => {
  let browser: Browser;
  let easel: RunningEasel;
  let image: Buffer;

  beforeAll(async () => {
    easel = await startEasel();
    browser = await launchChromium();
    const create = { width: WIDTH, height: HEIGHT, channels: 3, background: '#38a' } as const;
    image = await sharp({ create }).png().toBuffer();
  });
  afterAll(async () => {
    await browser.close();
    await easel.close();
  });

  /** The images of the one call upstream: Easel turns what is transparent into white. */
  async function paint(
    paintWith: (page: Page) => Promise<void>,
    looks: Looks = {},
  ): Promise<readonly Buffer[]> {
    const { page, context, problems } = await openConsole(browser, easel.url, looks);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add image' }).click();
    await (await chooser).setFiles({ name: 'sea.png', mimeType: 'image/png', buffer: image });
    await page.getByRole('button', { name: 'Mask', exact: true }).click();
    await paintWith(page);
    await fillPrompt(page, 'a red balloon');
    easel.emulator.reset();
    await generate(page);
    await imagesMade(page).getByRole('img', { name: 'a red balloon' }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
    expect(easel.emulator.requests).toHaveLength(1);
    const body = easel.emulator.requests[0]?.body as GeminiBody;
    return (body.contents[0]?.parts ?? []).flatMap(({ inlineData }) =>
      inlineData === undefined ? [] : [Buffer.from(inlineData.data, 'base64')],
    );
  }

  async function boxOf(shown: Locator) {
    const box = await shown.boundingBox();
    if (box === null) {
      throw new Error('it is not shown');
    }
    return box;
  }

  /** The brightness of the mask at a point; white parts are drawn again. */
  async function brightness(mask: Buffer | undefined) {
    const { data, info } = await sharp(mask)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([WIDTH, HEIGHT]);
    return (x: number, y: number) => data[(y * WIDTH + x) * info.channels];
  }

  it('sends what the mouse painted, also beyond the border, in the size of the image', async () => {
    const inputs = await paint(async (page) => {
      const box = await boxOf(page.getByRole('img', { name: 'Image 1' }).last());
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.75, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width + 60, y, { steps: 6 });
      await page.mouse.move(box.x + box.width * 0.9, y, { steps: 6 });
      await page.mouse.up();
    });
    expect(inputs).toHaveLength(2);
    const at = await brightness(inputs[1]);
    expect(at(WIDTH - 2, HEIGHT / 2)).toBe(255);
    expect(at(Math.round(WIDTH * 0.8), HEIGHT / 2)).toBe(255);
    expect(at(20, HEIGHT / 2)).toBe(0);
    expect(at(WIDTH - 20, 10)).toBe(0);
  });

  it('undoes, inverts and clears; without a pointer too', async () => {
    const inputs = await paint(async (page) => {
      const brush = page.getByRole('application');
      await brush.focus();
      await page.keyboard.press('Space');
      await page.getByText(/\d % painted/).waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('Paint over what should change').waitFor();
      await page.getByRole('button', { name: 'Redo' }).click();
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('button', { name: 'Invert' }).click();
      await page.getByRole('button', { name: 'Done' }).click();
    });
    const at = await brightness(inputs[1]);
    expect(at(WIDTH / 2, HEIGHT / 2)).toBe(0);
    expect(at(5, 5)).toBe(255);
  });

  it('shows the brush in its true size over the mask, and drags the picture with Space', async () => {
    const inputs = await paint(async (page) => {
      const image = page.getByRole('img', { name: 'Image 1' }).last();
      const before = await boxOf(image);
      const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
      const ring = page.locator('.mask-ring');
      await page.mouse.move(middle.x, middle.y);
      await ring.waitFor();
      const size = Number(await page.getByRole('slider', { name: /^Size/ }).inputValue());
      expect(await boxOf(ring)).toEqual({
        x: expect.closeTo(middle.x - size / 2, 0) as number,
        y: expect.closeTo(middle.y - size / 2, 0) as number,
        width: size,
        height: size,
      });
      // Over the mask, not under it.
      expect(
        await page.evaluate<boolean>(
          'document.querySelector(".mask-ring").previousElementSibling.localName === "canvas"',
        ),
      ).toBe(true);
      await page.getByRole('application').focus();
      await page.keyboard.down('Space');
      await page.mouse.down();
      await page.mouse.move(middle.x + 60, middle.y + 20, { steps: 3 });
      await page.mouse.up();
      await page.keyboard.up('Space');
      const after = await boxOf(image);
      expect([after.x - before.x, after.y - before.y]).toEqual([60, 20]);
      await page.getByText('Paint over what should change').waitFor();
      await page.getByRole('button', { name: /^Fit/ }).click();
      expect(await boxOf(image)).toEqual(before);
    });
    expect(inputs).toHaveLength(1);
  });

  it('paints above a finger, which would hide it', async () => {
    const inputs = await paint(
      async (page) => {
        const image = await boxOf(page.getByRole('img', { name: 'Image 1' }).last());
        const session = await page.context().newCDPSession(page);
        const touch = (type: 'touchStart' | 'touchMove', x: number, y: number) =>
          session.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y }] });
        const middle = image.x + image.width / 2;
        await touch('touchStart', middle, image.y + 60);
        await touch('touchMove', middle + 4, image.y + 60);
        const ring = await boxOf(page.locator('.mask-ring'));
        expect(ring.y + ring.height / 2).toBeCloseTo(image.y + 12, 0);
        await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
        await page.getByText(/% painted/).waitFor();
        expect(await page.locator('.mask-ring').count()).toBe(0);
        await page.getByRole('button', { name: 'Done' }).click();
      },
      { width: 360 },
    );
    const at = await brightness(inputs[1]);
    expect(at(WIDTH / 2, 5)).toBe(255);
    expect(at(WIDTH / 2, HEIGHT - 5)).toBe(0);
  });

  it('sends no mask when nothing is painted', async () => {
    const inputs = await paint(async (page) => {
      await page.getByRole('button', { name: 'Done' }).click();
    });
    expect(inputs).toHaveLength(1);
  });
});
