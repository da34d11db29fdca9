import type { Browser, Page } from 'playwright-core';

/** The person at the browser: reads the page, types the token, and allows it; with the keyboard alone. */
export async function allowInBrowser(
  browser: Browser,
  link: URL,
  { token, look }: { readonly token: string; readonly look?: (page: Page) => Promise<void> },
): Promise<URL> {
  const context = await browser.newContext({ javaScriptEnabled: look !== undefined });
  try {
    const page = await context.newPage();
    const back = Promise.withResolvers<URL>();
    await page.route(/^https:\/\/client\.example\//, async (route) => {
      back.resolve(new URL(route.request().url()));
      await route.fulfill({ contentType: 'text/plain', body: 'You can close this page.' });
    });
    await page.goto(link.href);
    await look?.(page);
    await page.getByLabel('Your API token').focus();
    await page.keyboard.type(token);
    await page.keyboard.press('Enter');
    return await back.promise;
  } finally {
    await context.close();
  }
}
