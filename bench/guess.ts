import { beginLogin, register, stateOf } from '../test/oauth/a-client.ts';

/**
 * Guesses tokens at a gateway, 200 times a second and each time from another address, until it is told to stop. Then it
 * says how many were refused a second: `guess.ts URL mcp|login`.
 */
const [url = '', place = 'mcp'] = process.argv.slice(2);
const aSecond = 200;
/** A login takes no more. */
const perLogin = 10;

const guess = place === 'login' ? await guessesAtLogin() : guessAtMcp;
const begun = performance.now();
let sent = 0;
let refused = 0;
setInterval(() => {
  for (const due = ((performance.now() - begun) / 1000) * aSecond; sent < due; sent += 1) void count(sent);
}, 5);
process.once('SIGTERM', () => {
  process.stdout.write(`${refused / ((performance.now() - begun) / 1000)}\n`, () => process.exit());
});
process.stdout.write('guessing\n');

async function count(n: number): Promise<void> {
  const status = await guess(`tok_guess_${n.toString(16).padStart(32, '0')}`, `198.18.${(n >> 8) & 255}.${n & 255}`);
  if (status === 401 || status === 429) refused += 1;
}

async function guessAtMcp(token: string, address: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-forwarded-for': address };
  const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body: '{}' });
  await response.body?.cancel();
  return response.status;
}

async function guessesAtLogin(): Promise<typeof guessAtMcp> {
  const client = await register(url);
  let login = beginLogin(url, client);
  let left = perLogin;
  return async (token, address) => {
    if (left === 0) [login, left] = [beginLogin(url, client), perLogin];
    left -= 1;
    const { browser, page } = await login;
    const form = { state: stateOf(page), api_token: token, decision: 'allow' };
    const { status } = await browser.submit(`${url}/login/callback`, form, { 'x-forwarded-for': address });
    return status;
  };
}
