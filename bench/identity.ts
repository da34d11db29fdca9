import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { admit, type Gate } from '../src/http/bearer-gate.ts';
import { startSshd } from '../test/fixtures/sshd.ts';
import { register, signIn } from '../test/oauth/a-client.ts';
import { anOAuthGateway, token } from '../test/oauth/an-oauth-gateway.ts';
import { plain } from './commands.ts';
import { median, percentile, type Row, type Section } from './figures.ts';
import { serveGateway, type Gateway } from './gateway.ts';

const checks = 5_000;
const guessedMs = 10_000;
const callEveryMs = 10;

/** What it takes to know who calls, and what guessing does to those whom we know. */
export const identity: Section = {
  name: 'identity',
  about: `tokens checked ${checks} times, warm; then calls of list_servers while others guess tokens, 200 times a second for 10 s`,
  run: async () => [...(await checked()), ...(await whileGuessing())],
};

async function checked(): Promise<readonly Row[]> {
  await using gateway = await anOAuthGateway();
  const { url, running } = gateway;
  const { access_token: accessToken } = await signIn(url, await register(url), { token });
  const { oauth } = running;
  const gate: Gate = {
    authenticate: running.gateway.authenticate,
    ...(oauth && { oauth: { lookUp: (presented) => oauth.accessTokens.lookUp(presented) } }),
  };
  const rows: Row[] = [];
  for (const [what, presented] of [
    ['an API token', token],
    ['an access token', accessToken],
  ] as const) {
    const times: number[] = [];
    for (let n = 0; n < checks; n += 1) {
      const before = performance.now();
      const access = await admit(`Bearer ${presented}`, '127.0.0.1', gate);
      times.push(performance.now() - before);
      if (access === undefined) throw new Error(`${what} is not known`);
    }
    rows.push({ what: `${what} checked, p50`, measured: median(times), unit: 'ms', target: { atMost: 0.2 } });
    rows.push({ what: `${what} checked, p99`, measured: percentile(times, 99), unit: 'ms' });
  }
  return rows;
}

async function whileGuessing(): Promise<readonly Row[]> {
  await using sshd = await startSshd(plain);
  await using gateway = await serveGateway(sshd, {
    environment: { OAUTH_ENABLED: 'true', TRUSTED_PROXIES: '127.0.0.1' },
  });
  await callsFor(gateway, 3_000);
  const rows: Row[] = [];
  for (const place of ['mcp', 'login'] as const) {
    const before = await callsFor(gateway, guessedMs / 2);
    const { times, guesses } = await whileGuessed(gateway, place);
    const quiet = [...before, ...(await callsFor(gateway, guessedMs / 2))];
    rows.push(
      { what: `guesses at /${place} refused`, measured: guesses, unit: '/s', target: { atLeast: 190 } },
      { what: 'a call meanwhile, p50', measured: median(times), unit: 'ms' },
      { what: 'a call before and after, p50', measured: median(quiet), unit: 'ms' },
      { what: 'meanwhile / quiet, p50', measured: median(times) / median(quiet), unit: 'x', target: { atMost: 1.1 } },
      { what: 'meanwhile / quiet, p99', measured: percentile(times, 99) / percentile(quiet, 99), unit: 'x' },
    );
  }
  return rows;
}

async function whileGuessed(gateway: Gateway, place: 'mcp' | 'login') {
  const guesser = spawn(process.execPath, [fileURLToPath(new URL('./guess.ts', import.meta.url)), gateway.url, place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  guesser.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  await once(guesser.stdout, 'data');
  const times = await callsFor(gateway, guessedMs);
  const ended = once(guesser, 'exit');
  guesser.kill('SIGTERM');
  await ended;
  return { times, guesses: Number(said.join('').split('\n')[1]) };
}

/** What calls took that another caller made at a steady pace. */
async function callsFor(gateway: Gateway, durationMs: number): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const before = performance.now();
    await gateway.call('list_servers', {});
    times.push(performance.now() - before);
    await sleep(Math.max(0, callEveryMs - (performance.now() - before)));
  }
  return times;
}
