/** As much of a browser as a login needs: it keeps cookies, says where forms come from, and follows to other pages. */
export class TinyBrowser {
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();

  /** Opens a page, following redirects on this origin; one that leads elsewhere is handed back. */
  async open(url: string): Promise<Page> {
    return await this.#follow(new URL(url), { method: 'GET' });
  }

  /** Posts a form as one of the page's own, unless it says otherwise. */
  async submit(
    url: string,
    form: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const to = new URL(url);
    return await this.#follow(to, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: to.origin, ...headers },
    });
  }

  get cookies(): readonly string[] {
    return [...this.#cookies.keys()];
  }

  async #follow(url: URL, init: Sent): Promise<Page> {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...init.headers, cookie: this.#cookiesFor(url) },
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const location = response.headers.get('location');
    const next = location === null ? undefined : new URL(location, url);
    if (next?.origin === url.origin) {
      await response.body?.cancel();
      return await this.#follow(next, { method: 'GET' });
    }
    return {
      url: url.href,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      leadsTo: next,
    };
  }

  #cookiesFor({ pathname }: URL): string {
    const fitting = [...this.#cookies].filter(
      ([, { path }]) => pathname === path || pathname.startsWith(path === '/' ? '/' : `${path}/`),
    );
    return fitting.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/expires=Thu, 01 Jan 1970/i.test(cookie)) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path: /path=([^;]+)/i.exec(cookie)?.[1] ?? '/' });
  }
}

interface Sent {
  readonly method: string;
  readonly body?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Another site to which the browser would go on. */
  readonly leadsTo: URL | undefined;
}
