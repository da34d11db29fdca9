import { afterEach, expect, it, vi } from 'vitest';
import { callTool, refresh, register, signIn, type Tokens } from './a-client.ts';
import { anOAuthGateway, token } from './an-oauth-gateway.ts';

afterEach(() => void vi.useRealTimers());

it('a person signs in again once the login is as old as the operator says, however often it was renewed', async () => {
  await using gateway = await anOAuthGateway({ environment: { OAUTH_LOGIN_HOURS: '2' } });
  const { url } = gateway;
  const client = await register(url);
  vi.useFakeTimers({ toFake: ['Date'] });
  const begun = Date.now();
  const at = (minutes: number): unknown => vi.setSystemTime(begun + minutes * 60_000);
  let tokens = await signIn(url, client, { token });
  for (const minutes of [59, 118]) {
    at(minutes);
    const renewed = await refresh(url, client, tokens.refresh_token ?? '');
    expect(renewed.status).toBe(200);
    tokens = (await renewed.json()) as Tokens;
    expect((await callTool(url, tokens.access_token)).status).toBe(200);
  }
  at(121);
  expect((await refresh(url, client, tokens.refresh_token ?? '')).status).toBe(400);
  await expect.poll(async () => (await callTool(url, tokens.access_token)).status).toBe(401);
});
