import { expect, it } from 'vitest';
import { freePorts } from '../fixtures/ports.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { register, signIn } from '../oauth/a-client.ts';
import { token } from '../oauth/an-oauth-gateway.ts';

it('a process that signs clients in has nothing to say on standard error, and keeps its output clean', async () => {
  await using place = new SallyportPlace();
  place.write('config/servers.json', { servers: {} });
  place.write('config/tokens.json', { tokens: { [token]: { name: 'full', permissions: ['read'] } } });
  await place.run(['token', 'migrate']);
  const [port] = await freePorts(1);
  const serving = place.start(['serve', '--port', String(port)], { env: { OAUTH_ENABLED: 'true', LOG_LEVEL: 'warn' } });
  const [, url = ''] = await serving.printed(/Serving MCP at (\S+)\/mcp/);
  const printed = serving.stdout;
  await signIn(url, await register(url), { token });
  expect(await serving.stop()).toBe(0);
  expect([serving.stdout, serving.stderr]).toEqual([printed, '']);
}, 60_000);
