import { readFile } from 'node:fs/promises';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { configInvalid } from '../base/problem.ts';
import type { RunningGateway } from '../compose.ts';
import { version } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import type { Live } from '../console/live.ts';
import { checkBind } from '../http/check-bind.ts';
import { consoleServices } from './console-services.ts';
import { httpDefaults, openHttp, type HttpListener } from '../http/listen.ts';
import { createMcpHttp } from '../mcp/http.ts';
import { oauthSurface } from './oauth-surface.ts';
import { mcpServices } from './services.ts';

/**
 * Opens the HTTP listener on the running gateway, with the pages for people where there is something to show on them.
 *
 * Throws `config_invalid` for an address that is not a safe one.
 */
export async function listen(config: Config, running: RunningGateway, log: Log, live?: Live): Promise<HttpListener> {
  requireSafeBind(config);
  const services = mcpServices(running, log);
  const { pool } = running;
  const { host, port, publicBaseUrl, allowedHosts, allowedOrigins, trustedProxies } = config;
  const tls = await readTls(config);
  const oauth = await oauthSurface(config, running, log);
  const resources = running.oauth?.resources;
  try {
    return await openHttp(
      { ...httpDefaults, host, port, publicBaseUrl, allowedHosts, allowedOrigins, trustedProxies, tls },
      {
        mcp: createMcpHttp(services, {
          ...(resources && { insufficientScope: (needed) => resources.insufficientScope(needed) }),
        }),
        authenticate: running.gateway.authenticate,
        ...(live && { console: consoleServices(config, running, { live, log }) }),
        ...(running.metrics && { metrics: running.metrics }),
        ...(config.restBridge && { rest: { services, publicBaseUrl } }),
        ...(oauth && { oauth }),
        version,
        log,
        connections: () => ({ total: pool.counts.connections, alive: pool.counts.alive }),
        refusedLogin: (remoteAddress) => running.refusedLogin(remoteAddress),
        problems: () => running.problems(),
        warnings: () => running.warnings(),
      },
    );
  } catch (cause) {
    const isTaken = hasErrorCode(cause, 'EADDRINUSE');
    if (!isTaken && !hasErrorCode(cause, 'EACCES') && !hasErrorCode(cause, 'EADDRNOTAVAIL')) throw cause;
    const why = isTaken ? 'something listens there already' : 'this address or port may not be used';
    throw new GatewayError('internal', `Cannot listen on ${host} port ${port}: ${why}. Choose another with --port.`, {
      cause,
    });
  }
}

export function requireSafeBind(config: Config): void {
  const { host, publicBaseUrl, insecureBind: insecure } = config;
  const decision = checkBind({ host, tls: config.tlsCertFile !== undefined, publicBaseUrl, insecure });
  if (decision.kind === 'refused') throw configInvalid([decision.message]);
}

async function readTls(config: Config): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  const { tlsCertFile, tlsKeyFile } = config;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  return { cert: await readPem('TLS_CERT_FILE', tlsCertFile), key: await readPem('TLS_KEY_FILE', tlsKeyFile) };
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw configInvalid([`${variable}: ${file} cannot be read (${code})`]);
  }
}
