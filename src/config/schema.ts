import type { z } from 'zod';
import { auditSettings } from './audit-settings.ts';
import { secondSeedHost } from './second-seed-host.ts';
import {
  baseUrl,
  lenientSwitch,
  list,
  listenPort,
  logLevel,
  networks,
  onOff,
  onOffAuto,
  origins,
  secretEntries,
  rules,
  secret,
  setting,
  signingSecret,
  text,
  toolsets,
  webhookUrl,
  wholeNumber,
} from './setting.ts';

const day = 24 * 3600;

/**
 * Every setting. In `sallyport.yaml` a setting has its name in snake_case; the documentation is made from this table.
 *
 * Order of precedence: option, environment (`.env` included), `sallyport.yaml`, default.
 */
export const settings = {
  configDir: setting(text, {
    env: ['CONFIG_DIR'],
    flag: '--config-dir',
    default: undefined,
    defaultText: './config; stdio: $XDG_CONFIG_HOME/sallyport',
    meaning: 'Directory of servers.json, tokens.json, sallyport.yaml and known_hosts. Not taken from sallyport.yaml.',
  }),
  keysDir: setting(text, {
    env: ['KEYS_DIR'],
    default: undefined,
    defaultText: './keys; stdio: keys beside the configuration directory',
    meaning: 'Directory of private keys that `server add` makes; /app/keys/x in servers.json is looked up here too.',
  }),
  logsDir: setting(text, {
    env: ['LOGS_DIR'],
    default: undefined,
    defaultText: './logs; stdio: $XDG_STATE_HOME/sallyport/logs',
    meaning: 'Directory of audit.log (10 MB, ten older ones kept) and mcp-ssh.log (10 MB, five older ones).',
  }),
  dataDir: setting(text, {
    env: ['DATA_DIR'],
    default: undefined,
    defaultText: './data; stdio: $XDG_STATE_HOME/sallyport',
    meaning:
      'Directory of state.db, audit.db, kept outputs and what changed files were; any number of processes may share it.',
  }),
  transferDir: setting(text, {
    env: ['TRANSFER_DIR'],
    default: undefined,
    defaultText: 'transfers in DATA_DIR',
    meaning: 'The only directory on the gateway that transfer_file reads and writes.',
  }),
  host: setting(text, {
    env: ['HOST', 'HTTP_HOST'],
    flag: '--host',
    default: '127.0.0.1',
    meaning:
      'Address to listen on. Other than loopback only with TLS, an https PUBLIC_BASE_URL or SALLYPORT_INSECURE_BIND=1.',
  }),
  port: setting(listenPort, {
    env: ['PORT', 'HTTP_PORT'],
    flag: '--port',
    default: 8000,
    meaning: 'Port to listen on; 0 takes a free one.',
  }),
  publicBaseUrl: setting(baseUrl, {
    env: ['PUBLIC_BASE_URL'],
    default: undefined,
    meaning: 'Where clients reach this gateway. https says that a proxy with TLS stands in front.',
  }),
  tlsCertFile: setting(text, {
    env: ['TLS_CERT_FILE'],
    default: undefined,
    meaning: 'Certificate chain in PEM, to serve TLS; with TLS_KEY_FILE.',
  }),
  tlsKeyFile: setting(text, {
    env: ['TLS_KEY_FILE'],
    default: undefined,
    meaning: 'Private key in PEM, to serve TLS; with TLS_CERT_FILE.',
  }),
  insecureBind: setting(onOff, {
    env: ['SALLYPORT_INSECURE_BIND'],
    default: false,
    meaning: 'Listen without TLS on an address other than loopback: tokens then travel in the clear.',
  }),
  trustedProxies: setting(networks, {
    env: ['TRUSTED_PROXIES'],
    default: [],
    meaning: 'Addresses or networks of proxies whose X-Forwarded-* headers count.',
  }),
  allowedHosts: setting(list, {
    env: ['ALLOWED_HOSTS'],
    default: [],
    meaning: 'Values of the Host header to accept besides the address listened on, loopback and PUBLIC_BASE_URL.',
  }),
  allowedOrigins: setting(origins, {
    env: ['ALLOWED_ORIGINS'],
    default: [],
    meaning: 'Origins of web pages that may call, matched exactly.',
  }),
  logLevel: setting(logLevel, {
    env: ['LOG_LEVEL'],
    default: undefined,
    defaultText: 'info',
    meaning:
      'How much is logged, to standard error and mcp-ssh.log, in any case; WARNING and CRITICAL mean warn and error.',
  }),
  debug: setting(lenientSwitch, {
    env: ['DEBUG'],
    default: false,
    meaning: 'Log everything, unless LOG_LEVEL says otherwise.',
  }),
  mcpToken: setting(secret, {
    env: ['MCP_TOKEN'],
    default: undefined,
    meaning: 'Token of the caller of `sallyport stdio`; needed where tokens.json holds any.',
  }),
  oauthEnabled: setting(onOffAuto, {
    env: ['OAUTH_ENABLED'],
    default: 'auto',
    meaning:
      'Let clients sign in with a browser (docs/oauth.md). `auto`: where PUBLIC_BASE_URL is https or GOOGLE_CLIENT_ID is set. Clients ' +
      'that find it may ignore a token in their headers.',
  }),
  metricsToken: setting(signingSecret, {
    env: ['METRICS_TOKEN'],
    default: undefined,
    meaning:
      'Serve figures at /metrics (docs/metrics.md) to whoever brings this as a bearer token; it opens nothing else. Unset: there is no /metrics.',
  }),
  restBridge: setting(onOff, {
    env: ['SALLYPORT_REST_BRIDGE'],
    default: false,
    meaning: 'Offer the tools as plain HTTP too: POST /shell and /tool/NAME, described at /openapi.json.',
  }),
  oauthRegistration: setting(onOff, {
    env: ['OAUTH_DYNAMIC_REGISTRATION'],
    default: true,
    meaning: 'Let clients register themselves (RFC 7591). A registered client can do nothing until a person signs in.',
  }),
  oauthLoginHours: setting(wholeNumber(1, 8_760), {
    env: ['OAUTH_LOGIN_HOURS'],
    default: 720,
    meaning: 'How long a client has access before its person signs in again, which also tells their groups anew.',
  }),
  sessionSecret: setting(secret, {
    env: ['SESSION_SECRET'],
    default: undefined,
    defaultText: 'made at the first start, in DATA_DIR',
    meaning: 'Signs the cookies of logins over OAuth; 32 characters or more.',
  }),
  googleClientId: setting(text, {
    env: ['GOOGLE_CLIENT_ID'],
    default: undefined,
    meaning: 'Let people sign in with Google, back at /google/callback; with ALLOWED_EMAIL or `people`.',
  }),
  googleClientSecret: setting(secret, {
    env: ['GOOGLE_CLIENT_SECRET'],
    default: undefined,
    meaning: 'Secret of GOOGLE_CLIENT_ID.',
  }),
  oidcIssuer: setting(baseUrl, {
    env: ['OIDC_ISSUER'],
    default: undefined,
    meaning: 'Another OpenID Connect issuer at which people sign in, back at /oidc/callback; with OIDC_CLIENT_ID.',
  }),
  oidcClientId: setting(text, { env: ['OIDC_CLIENT_ID'], default: undefined, meaning: 'Our client there.' }),
  oidcClientSecret: setting(secret, {
    env: ['OIDC_CLIENT_SECRET'],
    default: undefined,
    meaning: 'Secret of OIDC_CLIENT_ID.',
  }),
  oidcName: setting(text, {
    env: ['OIDC_NAME'],
    default: 'single sign-on',
    meaning: 'What the login page calls OIDC_ISSUER.',
  }),
  allowedEmail: setting(list, {
    env: ['ALLOWED_EMAIL'],
    default: [],
    meaning: 'Addresses of people who may sign in so, with all permissions on all servers under `standard`.',
  }),
  people: setting(rules, {
    env: [],
    default: [],
    meaning: 'Who else may sign in so, and what they may do: docs/oauth.md. Nobody else is let in.',
  }),
  chatgptClientId: setting(text, {
    env: ['CHATGPT_CLIENT_ID'],
    default: undefined,
    meaning: 'OAuth client that need not register, nor use PKCE; with CHATGPT_CLIENT_SECRET and CHATGPT_REDIRECT_URI.',
  }),
  chatgptClientSecret: setting(secret, {
    env: ['CHATGPT_CLIENT_SECRET'],
    default: undefined,
    meaning: 'Secret of CHATGPT_CLIENT_ID; 32 characters or more.',
  }),
  chatgptRedirectUri: setting(text, {
    env: ['CHATGPT_REDIRECT_URI'],
    default: undefined,
    meaning: 'Where CHATGPT_CLIENT_ID is sent back to, exactly.',
  }),
  tokenExpiryHours: setting(wholeNumber(1, 1_000_000), {
    env: ['TOKEN_EXPIRY_HOURS'],
    default: undefined,
    meaning:
      'Hours a token lives after its created_at, else after it was first seen; expires_at in its entry wins. Unset: for ever.',
  }),
  rateLimitEnabled: setting(onOff, {
    env: ['RATE_LIMIT_ENABLED'],
    default: true,
    meaning: 'false switches all rate limits off.',
  }),
  rateLimitPerMinute: setting(wholeNumber(1, 1_000_000), {
    env: ['RATE_LIMIT_PER_MINUTE'],
    default: undefined,
    meaning: 'Requests per minute and token, unless servers.json says otherwise. Each process counts for itself.',
  }),
  rateLimitPerHour: setting(wholeNumber(1, 100_000_000), {
    env: ['RATE_LIMIT_PER_HOUR'],
    default: undefined,
    meaning: 'Commands per hour and token, unless servers.json says otherwise; a call on N servers is N commands.',
  }),
  rateLimitPerDay: setting(wholeNumber(1, 1_000_000_000), {
    env: ['RATE_LIMIT_PER_DAY'],
    default: undefined,
    meaning:
      'Commands in any 24 hours and per token, counted likewise, over all processes on one DATA_DIR. A token may have its own: commands_per_day.',
  }),
  rateLimitServersPerDay: setting(wholeNumber(1, 1_000_000), {
    env: ['RATE_LIMIT_SERVERS_PER_DAY'],
    default: undefined,
    meaning: 'Different servers in any 24 hours and per token, over all processes; of a token: servers_per_day.',
  }),
  rateLimitMbPerDay: setting(wholeNumber(1, 1_000_000_000), {
    env: ['RATE_LIMIT_MB_PER_DAY'],
    default: undefined,
    meaning:
      'Megabytes (2^20 bytes) that calls write to files or transfer in any 24 hours and per token, over all processes; of a token: mb_per_day.',
  }),
  sshConnectionTimeout: setting(wholeNumber(1, 600), {
    env: ['SSH_CONNECTION_TIMEOUT', 'SSH_CONNECT_TIMEOUT'],
    default: 10,
    meaning: 'Seconds to connect and log in to a server.',
  }),
  sshCommandTimeout: setting(wholeNumber(1, day), {
    env: ['SSH_COMMAND_TIMEOUT', 'COMMAND_TIMEOUT'],
    default: undefined,
    defaultText: '300; 30 for ssh_* tools',
    meaning: 'Seconds a command may run where the call does not say.',
  }),
  jobTimeout: setting(wholeNumber(1, 30 * day), {
    env: ['SALLYPORT_JOB_TIMEOUT'],
    default: day,
    meaning: 'Seconds a job may run that was started in the background, where the call does not say.',
  }),
  jobRetentionHours: setting(wholeNumber(1, 24 * 365), {
    env: ['SALLYPORT_JOB_RETENTION_HOURS'],
    default: 168,
    meaning:
      'Hours a job that has ended can be looked at. Its host clears away what it left when a later job starts there.',
  }),
  jobOutputMaxMb: setting(wholeNumber(1, 100_000), {
    env: ['SALLYPORT_JOB_OUTPUT_MAX_MB'],
    default: 256,
    meaning:
      'Megabytes that its host keeps of each output of a job. The job goes on beyond: the first are kept, the rest is counted.',
  }),
  jobHostMaxMb: setting(wholeNumber(1, 1_000_000), {
    env: ['SALLYPORT_JOB_HOST_MAX_MB'],
    default: 2048,
    meaning:
      'Megabytes that jobs which have ended may keep in one account of a host. When a later job starts there, the oldest are cleared away.',
  }),
  jobsPerCaller: setting(wholeNumber(1, 10_000), {
    env: ['SALLYPORT_JOBS_PER_CALLER'],
    default: 100,
    meaning: 'Jobs that a caller may have under way at the same time.',
  }),
  allowedCommands: setting(list, {
    env: ['ALLOWED_COMMANDS'],
    default: [],
    meaning:
      'Programs that calls may start, each by its plain name; empty allows all. Those behind wrappers such as `sudo` ' +
      'count. A command whose programs cannot be told from its text is refused. File tools start none, but that a host hashes what was transferred.',
  }),
  profile: setting(text, {
    env: ['SALLYPORT_PROFILE'],
    default: 'standard',
    meaning:
      'Profile or role of the policy for the local user of `sallyport stdio`, where no tokens are in use. A token has its own.',
  }),
  strictPolicy: setting(onOff, {
    env: ['SALLYPORT_STRICT_POLICY'],
    default: false,
    meaning: 'Whether two parsers must read a command alike; where they do not, it is in no rule, and `standard` asks.',
  }),
  approvals: setting(onOff, {
    env: ['SALLYPORT_APPROVALS'],
    default: true,
    meaning: 'Whether a person is asked where the policy says *ask*. Off: that is refused (`approval_unavailable`).',
  }),
  approvalWebhookUrl: setting(webhookUrl, {
    env: ['APPROVAL_WEBHOOK_URL'],
    default: undefined,
    meaning:
      'Where `serve` posts that a person is waited for: signed JSON as in Standard Webhooks, with the page to decide on, and nothing ' +
      'of what would be run. https, or http to loopback.',
  }),
  approvalWebhookSecret: setting(signingSecret, {
    env: ['APPROVAL_WEBHOOK_SECRET'],
    default: undefined,
    meaning: 'What these messages are signed with; `whsec_` and base64, or any text.',
  }),
  approvalWebhookPrivate: setting(onOff, {
    env: ['APPROVAL_WEBHOOK_PRIVATE'],
    default: false,
    meaning:
      'Let APPROVAL_WEBHOOK_URL lead to private addresses (10.0.0.0/8, fc00::/7 and the like). Link-local and metadata addresses are never ' +
      'connected to.',
  }),
  ...auditSettings,
  secrets: setting(secretEntries, {
    env: [],
    default: {},
    defaultText: 'none',
    meaning:
      'Secrets that commands and texts of files refer to as `{{secret:name}}`: by name, each with `env`, `file` or `exec` (a program and its ' +
      'words) and `allow` with `hosts` (patterns) and `callers` or `profiles`; nobody may use what is allowed to nobody. In sallyport.yaml alone.',
  }),
  redactPatterns: setting(onOff, {
    env: ['REDACT_PATTERNS'],
    default: true,
    meaning:
      'Take out of answers, records and logs what is a secret by its looks, such as tokens and private keys. Those ' +
      'that Sallyport holds are taken out in any case.',
  }),
  toolsets: setting(toolsets, {
    env: ['SALLYPORT_TOOLSETS'],
    default: undefined,
    defaultText:
      '`core`; where SSH_DEFAULT_HOST or GOOGLE_CLIENT_ID is set, `ssh-mcp-server`, and `core` too if there is a servers.json',
    meaning: 'Sets of tools that are offered.',
  }),
  editMaxMb: setting(wholeNumber(1, 16), {
    env: ['SALLYPORT_EDIT_MAX_MB'],
    default: 8,
    meaning: 'Megabytes of the largest file that is edited.',
  }),
  undoMaxFileMb: setting(wholeNumber(0, 16), {
    env: ['SALLYPORT_UNDO_MAX_FILE_MB'],
    default: 16,
    meaning: 'Megabytes of the largest file that is kept, encrypted in DATA_DIR, before it is changed; 0 keeps none.',
  }),
  undoMaxTotalMb: setting(wholeNumber(1, 1_000_000), {
    env: ['SALLYPORT_UNDO_MAX_TOTAL_MB'],
    default: 1024,
    meaning: 'Megabytes of all files that are kept so; the oldest go first.',
  }),
  undoDays: setting(wholeNumber(1, 3650), {
    env: ['SALLYPORT_UNDO_DAYS'],
    default: 30,
    meaning: 'Days for which a change is remembered and can be undone.',
  }),
  undoRequired: setting(onOff, {
    env: ['SALLYPORT_UNDO_REQUIRED'],
    default: false,
    meaning:
      'Refuse to change a file that cannot be kept; else it is changed, and the answer says that it cannot be undone.',
  }),
  ...secondSeedHost,
} as const;

export type SettingName = keyof typeof settings;

export type Settings = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };

/** The name of a setting in `sallyport.yaml`. */
export function yamlKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
