import { Networks } from '../base/networks.ts';

export interface Bind {
  readonly host: string;
  /** A certificate and its key are configured. */
  readonly tls: boolean;
  readonly publicBaseUrl: string | undefined;
  /** The operator accepts plain HTTP on a network. */
  readonly insecure: boolean;
}

export type BindDecision = { readonly kind: 'safe' } | { readonly kind: 'refused'; readonly message: string };

const loopback = new Networks(['127.0.0.0/8', '::1']);

/** Whether only this machine can connect to that address. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const address = withoutBrackets(host).toLowerCase();
  return address === 'localhost' || loopback.has(address);
}

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Tokens must not cross a network in the clear: what is neither local nor behind TLS is refused. */
export function checkBind({ host, tls, publicBaseUrl, insecure }: Bind): BindDecision {
  if (isLoopback(host) || tls || insecure || isHttps(publicBaseUrl)) return { kind: 'safe' };
  const message = [
    `Refusing to listen on ${host}: tokens would cross the network unencrypted. Choose one:`,
    '  - set TLS_CERT_FILE and TLS_KEY_FILE: Sallyport serves HTTPS itself;',
    '  - set PUBLIC_BASE_URL to the https:// address of the proxy in front of it;',
    '  - set SALLYPORT_INSECURE_BIND=1 if this network is trusted.',
    'Or listen on 127.0.0.1 only.',
  ].join('\n');
  return { kind: 'refused', message };
}

function isHttps(url: string | undefined): boolean {
  return url !== undefined && URL.parse(url)?.protocol === 'https:';
}
