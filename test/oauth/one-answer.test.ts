import { expect, it, vi } from 'vitest';
import { tinyListener } from '../http/tiny-listener.ts';
import { register } from './a-client.ts';
import { anOAuthGateway } from './an-oauth-gateway.ts';

it('an answer of the authorization server is sent once, also by the second listener of a process', async () => {
  const errors = vi.spyOn(console, 'error');
  await using _first = await tinyListener();
  await using gateway = await anOAuthGateway();
  await register(gateway.url);
  expect(errors).not.toHaveBeenCalled();
});
