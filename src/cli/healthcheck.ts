import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { withoutBrackets } from '../http/check-bind.ts';
import type { Config } from '../config/load.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

const timeoutMs = 4_000;
const maxBytes = 65_536;

export interface HealthcheckOptions extends CommonOptions {
  readonly ready?: boolean;
}

/** Asks the server that serves with this configuration on this machine whether it is alive, or whether it serves calls. */
export async function healthcheck(options: HealthcheckOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  const url = `${config.tlsCertFile === undefined ? 'http' : 'https'}://${addressOf(config)}:${config.port}${
    options.ready === true ? '/readyz' : '/healthz'
  }`;
  const answer = await ask(url);
  const ok = answer.status === 200;
  const text = [`${ok ? '✓' : '✗'} ${url}: ${answer.said}`];
  screen.show({ text, json: { ok, url, status: answer.status ?? null, said: answer.said } });
  if (!ok) throw new Failed('not healthy');
}

/** Where a listener on every address is found from here. */
function addressOf({ host }: Config): string {
  const address = withoutBrackets(host);
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * Whoever answers is believed, and told nothing: the certificate is for the name that clients use, not for this address.
 */
function ask(url: string): Promise<{ readonly status?: number | undefined; readonly said: string }> {
  const request = url.startsWith('https:') ? requestTls : requestPlain;
  return new Promise((resolve) => {
    const asked = request(url, { rejectUnauthorized: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let said = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (said = (said + text).slice(0, maxBytes)));
      response.on('end', () => resolve({ status: response.statusCode, said }));
      response.on('error', () => resolve({ said: 'the answer broke off' }));
    });
    asked.on('error', (error) => resolve({ said: error.name === 'AbortError' ? 'no answer in time' : codeOf(error) }));
    asked.end();
  });
}

function codeOf(error: Error): string {
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message;
}
