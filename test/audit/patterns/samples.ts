import { Random } from '../../fixtures/random.ts';

/** Texts with a made-up secret each: what stands before it, the secret, what stands behind it, and the mark's name. */
export interface Sample {
  readonly name: string;
  readonly before: string;
  readonly secret: string;
  readonly after: string;
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const alphanumeric = lower + lower.toUpperCase() + digits;
const hex = digits + 'abcdef';

/** One of each kind. */
export function samples(seed: number): readonly Sample[] {
  const random = new Random(seed);
  const of = (characters: string, length: number): string =>
    Array.from({ length }, () => characters[random.whole(0, characters.length - 1)]).join('');
  const token = (length: number): string => of(alphanumeric, length);
  const bare = (name: string, ...secrets: readonly string[]): readonly Sample[] =>
    secrets.map((secret) => ({ name, before: 'x = ', secret, after: ' # y' }));
  const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const pem = (kind: string, lines: number, end = '\n'): string =>
    [
      `-----BEGIN ${kind}-----`,
      ...Array.from({ length: lines }, () => of(`${alphanumeric}+/`, 64)),
      `-----END ${kind}-----`,
    ].join(end);
  const assigned = (name: string, before: string, secret: string, after = '\n'): Sample => ({
    name,
    before,
    secret,
    after,
  });
  return [
    ...bare(
      'aws_access_key_id',
      `AKIA${of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
      `ASIA${of('ABCDEFGH234567', 16)}`,
    ),
    ...bare('github_token', ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => `${kind}_${token(36)}`)),
    ...bare('github_token', `github_pat_${token(22)}_${token(59)}`),
    ...bare('gitlab_token', `glpat-${token(20)}`, `glrt-${token(20)}`, `glptt-${of(hex, 40)}`),
    ...bare(
      'slack_token',
      `xoxb-${of(digits, 12)}-${of(digits, 12)}-${token(24)}`,
      `xapp-1-A${token(10)}-${of(digits, 13)}-${of(hex, 64)}`,
    ),
    ...bare('stripe_key', `sk_live_${token(24)}`, `rk_test_${token(24)}`, `whsec_${token(32)}`),
    ...bare('npm_token', `npm_${token(36)}`),
    ...bare('pypi_token', `pypi-AgEIcHlwaS5vcmc${token(100)}`),
    ...bare('jwt', `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: token(10), iat: 1 })}.${token(43)}`),
    ...bare('google_api_key', `AIza${token(35)}`),
    ...bare('google_oauth', `GOCSPX-${token(28)}`, `ya29.${token(60)}`),
    ...bare('openai_key', `sk-proj-${token(74)}T3BlbkFJ${token(74)}`, `sk-${token(20)}T3BlbkFJ${token(20)}`),
    ...bare('anthropic_key', `sk-ant-api03-${token(93)}AA`),
    ...bare('huggingface_token', `hf_${of(lower, 34)}`),
    ...bare('sendgrid_key', `SG.${token(22)}.${token(43)}`),
    ...bare('digitalocean_token', `dop_v1_${of(hex, 64)}`),
    ...bare('shopify_token', `shpat_${of(hex, 32)}`),
    ...bare('databricks_token', `dapi${of(hex, 32)}`),
    ...bare('age_key', `AGE-SECRET-KEY-1${of('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`),
    ...bare('grafana_token', `glsa_${token(32)}_${of(hex, 8)}`),
    ...bare('docker_token', `dckr_pat_${token(27)}`),
    ...bare('linear_key', `lin_api_${token(40)}`),
    ...bare('notion_token', `ntn_${of(digits, 11)}${token(35)}`),
    ...bare('atlassian_token', `ATATT3xFfGF0${token(170)}`),
    ...bare('figma_token', `figd_${token(40)}`),
    ...bare('vault_token', `hvs.${token(92)}`),
    ...bare('tailscale_key', `tskey-auth-${token(12)}-${token(32)}`),
    ...bare('cloudflare_token', `cfut_${token(40)}${of(hex, 8)}`),
    ...bare('vercel_token', `vcp_${token(24)}`),
    ...bare('groq_key', `gsk_${token(52)}`),
    ...bare('newrelic_key', `NRAK-${of('ABCDEFGHIJ0123456789', 27)}`),
    ...bare('rubygems_key', `rubygems_${of(hex, 48)}`),
    ...bare('postman_key', `PMAK-${of(hex, 24)}-${of(hex, 34)}`),
    ...bare('doppler_token', `dp.pt.${token(43)}`),
    ...bare('planetscale_token', `pscale_tkn_${token(43)}`),
    ...bare('supabase_key', `sbp_${of(hex, 40)}`),
    ...bare('twilio_key', `SK${of(hex, 32)}`),
    ...bare('airtable_token', `pat${token(14)}.${of(hex, 64)}`),
    ...bare('terraform_token', `.atlasv1.${token(64)}`),
    ...bare('slack_webhook', `hooks.slack.com/services/T${token(8)}/B${token(8)}/${token(24)}`),
    ...bare('discord_webhook', `/api/webhooks/${of(digits, 18)}/${token(68)}`),
    { name: 'telegram_token', before: of(digits, 9), secret: `:AA${token(33)}`, after: '\n' },
    ...['RSA PRIVATE KEY', 'PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'EC PRIVATE KEY'].flatMap((kind) =>
      bare('private_key', pem(kind, 25)),
    ),
    ...bare(
      'private_key',
      pem('RSA PRIVATE KEY', 200),
      pem('PRIVATE KEY', 25, String.raw`\n`),
      pem('PRIVATE KEY', 4, '\r\n    '),
    ),
    ...bare(
      'private_key',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${of(hex, 32)}\n\n${pem('RSA PRIVATE KEY', 12).slice(32)}`,
    ),
    assigned('private_key', 'client-key-data: ', Buffer.from(pem('RSA PRIVATE KEY', 25)).toString('base64')),
    assigned('url_password', 'postgres://app:', `${token(8)}@${token(3)}`, '@db.internal:5432/app'),
    assigned('url_password', 'redis://:', token(12), '@cache:6379/0'),
    assigned('url_password', 'mongodb+srv://u:', token(12), '@c0.example.net/db?w=1'),
    assigned('url_password', 'https://robot:', token(12), '@git.example.com/a.git'),
    assigned('authorization', 'Authorization: Bearer ', `${token(24)}9`),
    assigned('authorization', '-H "authorization: Basic ', Buffer.from(`user:${token(9)}1`).toString('base64'), '"'),
    assigned('authorization', '"X-Api-Key": "', `${token(24)}9`, '"'),
    assigned('password', 'DB_PASSWORD=', token(9)),
    assigned('password', 'password: ', `${token(6)}7`),
    assigned('password', 'password="', `a 7!${token(6)}`.replace(' ', '-'), '"'),
    assigned('password', '{"password":"', `${token(6)}7\\"x`, '","user":"u"}'),
    assigned('password', String.raw`{\"password\":\"`, `${token(6)}7`, String.raw`\"}`),
    assigned('password', 'mysql --password ', `${token(6)}7`, ' -u root'),
    assigned('password', '<password>', `${token(6)}7`, '</password>'),
    assigned('secret', 'aws_secret_access_key = ', `aA1${of(`${alphanumeric}/+`, 37)}`),
    assigned('secret', '"client_secret": "', `aA1${token(29)}`, '"'),
    assigned('secret', 'AccountKey=', `aA1${of(alphanumeric, 83)}==`, '\n'),
  ];
}
