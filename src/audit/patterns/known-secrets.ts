import { assignment } from './assignment.ts';
import { alphanumeric, base64, byteClass, hex, upperOrDigit, wordBytes, wordOrDash } from './byte-class.ts';
import { encodedPrivateKey, privateKey } from './private-key.ts';
import type { SecretPattern } from './secret-pattern.ts';
import { tokenPattern, type TokenShape } from './token-pattern.ts';
import { urlPassword } from './url-password.ts';

const jwt = {
  body: wordOrDash,
  min: 8,
  parts: [
    { separator: '.eyJ', min: 4 },
    { separator: '.', min: 10 },
  ],
};
const word = { startsWord: true } as const;

/** What the makers of tokens mark them with, by kind. */
const tokens: Readonly<Record<string, TokenShape | readonly TokenShape[]>> = {
  age_key: { prefixes: ['AGE-SECRET-KEY-1'], body: upperOrDigit, min: 50 },
  airtable_token: { ...word, prefixes: ['pat'], body: alphanumeric, min: 14, parts: [{ separator: '.', min: 60 }] },
  anthropic_key: { ...word, prefixes: ['sk-ant-'], body: wordOrDash, min: 20 },
  artifactory_key: { ...word, prefixes: ['AKCp'], body: alphanumeric, min: 60 },
  atlassian_token: { prefixes: ['ATATT3', 'ATCTT3'], body: base64, min: 50 },
  aws_access_key_id: {
    ...word,
    prefixes: ['AKIA', 'ASIA', 'ABIA', 'ACCA', 'AGPA', 'AIDA', 'AROA', 'AIPA', 'ANPA', 'ANVA'],
    body: upperOrDigit,
    min: 16,
    exact: true,
  },
  cloudflare_token: { ...word, prefixes: ['cfk_', 'cfut_', 'cfat_'], body: alphanumeric, min: 40 },
  databricks_token: { ...word, prefixes: ['dapi'], body: byteClass('a-fA-F0-9-'), min: 32 },
  digitalocean_token: { prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'], body: hex, min: 32 },
  discord_webhook: {
    prefixes: ['/api/webhooks/'],
    body: wordOrDash,
    min: 16,
    parts: [{ separator: '/', min: 40 }],
  },
  docker_token: { prefixes: ['dckr_pat_', 'dckr_oat_'], body: wordOrDash, min: 20 },
  doppler_token: {
    ...word,
    prefixes: ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.'],
    body: byteClass('A-Za-z0-9_.'),
    min: 30,
  },
  figma_token: { ...word, prefixes: ['figd_', 'figo_'], body: wordOrDash, min: 20 },
  flyio_token: { ...word, prefixes: ['fm1r_', 'fm2_', 'fo1_'], body: base64, min: 30 },
  github_token: [
    {
      prefixes: ['ghs_'],
      body: wordOrDash,
      min: 10,
      parts: [
        { separator: '.', min: 10 },
        { separator: '.', min: 10 },
      ],
    },
    { prefixes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], body: wordBytes, min: 36 },
    { prefixes: ['github_pat_'], body: wordBytes, min: 22 },
  ],
  gitlab_token: {
    prefixes: [
      'glpat-',
      'gldt-',
      'glrt-',
      'glptt-',
      'glcbt-',
      'glft-',
      'glsoat-',
      'glimt-',
      'glagent-',
      'gloas-',
      'glffct-',
    ],
    body: byteClass('A-Za-z0-9_.-'),
    min: 20,
  },
  google_api_key: { ...word, prefixes: ['AIza'], body: wordOrDash, min: 35 },
  google_oauth: [
    { ...word, prefixes: ['ya29.'], body: byteClass('A-Za-z0-9_.-'), min: 20 },
    { prefixes: ['GOCSPX-'], body: wordOrDash, min: 20 },
  ],
  grafana_token: [
    { prefixes: ['glsa_'], body: wordBytes, min: 32 },
    { prefixes: ['glc_eyJ'], body: base64, min: 30 },
  ],
  groq_key: { ...word, prefixes: ['gsk_'], body: alphanumeric, min: 40 },
  heroku_key: { prefixes: ['HRKU-'], body: wordOrDash, min: 30 },
  huggingface_token: { ...word, prefixes: ['hf_', 'api_org_'], body: alphanumeric, min: 30 },
  jwt: { ...word, ...jwt, prefixes: ['eyJ'] },
  linear_key: { prefixes: ['lin_api_', 'lin_oauth_'], body: wordBytes, min: 32 },
  mailgun_key: { ...word, prefixes: ['key-'], body: hex, min: 32, exact: true },
  netlify_token: { ...word, prefixes: ['nfp_', 'nfc_', 'nfo_', 'nfu_'], body: alphanumeric, min: 36 },
  newrelic_key: { prefixes: ['NRAK-', 'NRII-', 'NRJS-', 'NRAA-'], body: wordOrDash, min: 19 },
  notion_token: { ...word, prefixes: ['ntn_'], body: alphanumeric, min: 40 },
  npm_token: { prefixes: ['npm_'], body: wordBytes, min: 36 },
  nuget_key: { ...word, prefixes: ['oy2'], body: byteClass('a-z0-9'), min: 43, exact: true },
  onepassword_token: { ...word, prefixes: ['ops_eyJ'], body: base64, min: 40 },
  openai_key: [
    { ...word, prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-or-v1-'], body: wordOrDash, min: 30 },
    { ...word, prefixes: ['sk-'], body: alphanumeric, min: 40 },
  ],
  perplexity_key: { ...word, prefixes: ['pplx-'], body: alphanumeric, min: 40 },
  planetscale_token: {
    prefixes: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'],
    body: byteClass('A-Za-z0-9_.=-'),
    min: 30,
  },
  postman_key: { prefixes: ['PMAK-'], body: byteClass('a-f0-9-'), min: 50 },
  pulumi_token: { ...word, prefixes: ['pul-'], body: hex, min: 40, exact: true },
  pypi_token: { prefixes: ['pypi-AgE'], body: wordOrDash, min: 50 },
  replicate_token: { ...word, prefixes: ['r8_'], body: alphanumeric, min: 37 },
  rubygems_key: { prefixes: ['rubygems_'], body: hex, min: 48 },
  sendgrid_key: { ...word, prefixes: ['SG.'], body: wordOrDash, min: 16, parts: [{ separator: '.', min: 16 }] },
  sendinblue_key: { prefixes: ['xkeysib-'], body: byteClass('A-Za-z0-9-'), min: 60 },
  sentry_token: { prefixes: ['sntrys_eyJ', 'sntryu_'], body: base64, min: 40 },
  shopify_token: { prefixes: ['shpat_', 'shpca_', 'shppa_', 'shpss_'], body: alphanumeric, min: 32 },
  slack_token: {
    ...word,
    prefixes: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-', 'xoxe.', 'xapp-'],
    body: byteClass('A-Za-z0-9%.-'),
    min: 10,
  },
  slack_webhook: {
    prefixes: ['hooks.slack.com/services/', 'hooks.slack.com/workflows/'],
    body: byteClass('A-Za-z0-9/'),
    min: 20,
  },
  square_token: { prefixes: ['sq0atp-', 'sq0csp-', 'sq0idp-'], body: wordOrDash, min: 20 },
  stripe_key: [
    { prefixes: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'], body: alphanumeric, min: 16 },
    { ...word, prefixes: ['whsec_'], body: base64, min: 24 },
  ],
  supabase_key: { ...word, prefixes: ['sbp_', 'sb_secret_'], body: wordOrDash, min: 24 },
  tailscale_key: { prefixes: ['tskey-'], body: wordOrDash, min: 20 },
  telegram_token: { prefixes: [':AA'], body: wordOrDash, min: 32 },
  terraform_token: { prefixes: ['.atlasv1.'], body: wordOrDash, min: 60 },
  twilio_key: {
    ...word,
    prefixes: Array.from({ length: 16 }, (_, digit) => `SK${digit.toString(16)}`),
    body: hex,
    min: 31,
    exact: true,
  },
  vault_token: { ...word, prefixes: ['hvs.', 'hvb.', 'hvr.'], body: wordOrDash, min: 24 },
  vercel_token: { ...word, prefixes: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], body: alphanumeric, min: 20 },
  xai_key: { ...word, prefixes: ['xai-'], body: alphanumeric, min: 60 },
};

/** Of two that begin alike, the longer goes first. */
const passwords = ['passphrase', 'password', 'passwd', '_pass', 'pwd'];
const credentials = (
  'secret_access_key secretaccesskey secret_key secretkey client_secret clientsecret secret access_token accesstoken ' +
  'auth_token authtoken refresh_token refreshtoken api_token apitoken bot_token private_token session_token api_key ' +
  'api-key apikey account_key accountkey sharedaccesskey encryption_key signing_key master_key private_key'
).split(' ');
const headers = [
  'authorization',
  'x-api-key',
  'x-auth-token',
  'x-vault-token',
  'private-token',
  'x-amz-security-token',
];

/** Everything that is taken for a secret by its looks. The first that matches at a place wins. */
export const knownSecrets: readonly SecretPattern[] = [
  privateKey,
  encodedPrivateKey,
  ...Object.entries(tokens).flatMap(([name, shapes]) =>
    (isList(shapes) ? shapes : [shapes]).map((shape) => tokenPattern(name, shape)),
  ),
  urlPassword,
  ...headers.map((key) => assignment('authorization', key, 'header')),
  ...passwords.map((key) => assignment('password', key, 'password')),
  ...credentials.map((key) => assignment('secret', key, 'token')),
];

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
