import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems, startBrowser } from '../fixtures/browser.ts';
import { redirectUri } from '../oauth/a-client.ts';
import { allowInBrowser } from '../oauth/a-person.ts';
import { anOAuthGateway, token, type OAuthGateway } from '../oauth/an-oauth-gateway.ts';

const document = 'https://client.example/client-metadata';
const metadata = { client_name: 'An SDK', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };

let gateway: OAuthGateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await anOAuthGateway({ fetchDocument: async () => Response.json({ client_id: document, ...metadata }) });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  await gateway[Symbol.asyncDispose]();
});

interface Held {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly token_type: string;
}

/** What an SDK asks of the program it is in: a place for what it learns, and a browser. */
class Keeper {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata = metadata;
  readonly clientMetadataUrl?: string;
  readonly links: URL[] = [];
  held: Held | undefined;
  #client: { readonly client_id: string } | undefined;
  #verifier = '';

  constructor(way: 'registered' | 'document') {
    if (way === 'document') this.clientMetadataUrl = document;
  }

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client: { readonly client_id: string }): void {
    this.#client = client;
  }

  tokens() {
    return this.held;
  }

  saveTokens(tokens: Held): void {
    this.held = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.links.push(url);
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}

/** One way that an SDK connects, calls and finishes a login. */
interface Sdk {
  readonly name: string;
  /** Calls a tool; rejects where a login is needed first. */
  readonly call: (url: URL, keeper: Keeper) => Promise<unknown>;
  readonly finish: (url: URL, keeper: Keeper, back: URL) => Promise<void>;
}

const sdks: readonly Sdk[] = [
  {
    name: 'the second version of the SDK',
    async call(url, keeper) {
      const client = new Client({ name: 'v2', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(url, { authProvider: keeper }));
      try {
        return await client.callTool({ name: 'list_servers', arguments: {} });
      } finally {
        await client.close();
      }
    },
    async finish(url, keeper, back) {
      await new StreamableHTTPClientTransport(url, { authProvider: keeper }).finishAuth(back.searchParams);
    },
  },
  {
    name: 'the first version of the SDK',
    async call(url, keeper) {
      const client = new ClientV1({ name: 'v1', version: '1' });
      await client.connect(new TransportV1(url, { authProvider: keeper }));
      try {
        return await client.callTool({ name: 'list_servers', arguments: {} });
      } finally {
        await client.close();
      }
    },
    async finish(url, keeper, back) {
      await new TransportV1(url, { authProvider: keeper }).finishAuth(back.searchParams.get('code') ?? '');
    },
  },
];

describe.each(sdks)('$name', ({ call, finish }) => {
  it.each(['registered', 'document'] as const)('finds us, signs in, calls and comes back later: %s', async (way) => {
    const url = new URL(`${gateway.url}/mcp`);
    const keeper = new Keeper(way);
    await expect(call(url, keeper)).rejects.toThrow(/unauthorized/i);
    const [link] = keeper.links;
    if (link === undefined) throw new Error('the person was sent nowhere');
    expect(link.searchParams.get('client_id') === document).toBe(way === 'document');
    await finish(url, keeper, await allowInBrowser(browser, link, { token }));
    const answer = { structuredContent: expect.objectContaining({ success: true }) };
    expect(await call(url, keeper)).toMatchObject(answer);

    const first = keeper.held;
    if (first === undefined) throw new Error('no tokens were kept');
    keeper.held = { ...first, access_token: 'x'.repeat(43) };
    expect(await call(url, keeper)).toMatchObject(answer);
    expect(keeper.held.access_token).not.toBe(first.access_token);
    expect(keeper.held.refresh_token).not.toBe(first.refresh_token);

    const client = keeper.clientInformation()?.client_id ?? '';
    const body = new URLSearchParams({ client_id: client, token: keeper.held.access_token });
    expect((await fetch(`${gateway.url}/revoke`, { method: 'POST', body })).status).toBe(200);
    await expect(call(url, keeper)).rejects.toThrow(/unauthorized/i);
    expect(keeper.links).toHaveLength(2);
  });
});

describe('the login page in a browser', () => {
  it('can be used with a screen reader, on a phone, with the keyboard and without script', async () => {
    const keeper = new Keeper('document');
    await expect(sdks[0]?.call(new URL(`${gateway.url}/mcp`), keeper)).rejects.toThrow(/unauthorized/i);
    const [link] = keeper.links;
    const back = await allowInBrowser(browser, link ?? new URL('about:blank'), {
      token,
      look: async (page) => {
        await page.setViewportSize({ width: 360, height: 640 });
        expect(await accessibilityProblems(page)).toEqual([]);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        expect(width).toBeLessThanOrEqual(360);
      },
    });
    expect(back.searchParams.has('code')).toBe(true);
  });
});
