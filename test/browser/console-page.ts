import type { Browser, BrowserContext, Page } from 'playwright-core';

/** The console in a tab of its own, with everything noted that a page should not do. */
export interface ConsolePage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console or the page, requests that failed, and requests to anywhere else. */
  readonly problems: readonly string[];
  /** Removes a problem that the test expects. */
  forget(problem: RegExp): void;
}

export interface Looks {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly key?: string;
  /** By default, what is as narrow as a phone is one. */
  readonly isTouch?: boolean;
}

export async function openConsole(
  browser: Browser,
  url: string,
  { width = 1280, scheme = 'light', key, isTouch = width < 720 }: Looks = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width, height: width < 720 ? 760 : 800 },
    colorScheme: scheme,
    hasTouch: isTouch,
    isMobile: isTouch,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(message.text());
    }
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && protocol !== 'blob:' && protocol !== 'data:') {
      problems.push(`a request to ${request.url()}`);
    }
  });
  if (key !== undefined) {
    await page.addInitScript(`sessionStorage.setItem('easel-api-key', ${JSON.stringify(key)})`);
  }
  await page.goto(`${url}/console`);
  return {
    page,
    context,
    problems,
    forget: (problem) => {
      const rest = problems.filter((text) => !problem.test(text));
      problems.splice(0, problems.length, ...rest);
    },
  };
}

export async function fillPrompt(page: Page, prompt: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill(prompt);
}

export async function generate(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Generate' }).click();
}

export function imagesMade(page: Page) {
  return page.getByRole('list', { name: 'Images made' });
}

export async function isScrollingSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}
