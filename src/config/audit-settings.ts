import { onOff, setting, signingSecret, syslogUrl, text, webhookUrl, wholeNumber } from './setting.ts';

/** How long the audit is kept, and where it is copied to. */
export const auditSettings = {
  auditRetentionDays: setting(wholeNumber(1, 36_500), {
    env: ['AUDIT_RETENTION_DAYS'],
    default: undefined,
    meaning:
      'Days for which audit records are kept, and audit.log files that were put aside. What is not copied yet where AUDIT_EXPORT_* says stays. Unset: for ever.',
  }),
  auditExportFile: setting(text, {
    env: ['AUDIT_EXPORT_FILE'],
    default: undefined,
    meaning:
      'A file to which every audit record is copied, a JSON line each (docs/operations.md). Whoever rotates it moves it away.',
  }),
  auditExportSyslog: setting(syslogUrl, {
    env: ['AUDIT_EXPORT_SYSLOG'],
    default: undefined,
    meaning:
      'A syslog receiver (RFC 5424) for every audit record: `tls://HOST:6514`, `tcp://HOST:601`, or `udp://HOST:514`, over which what is ' +
      'lost is lost. A certificate authority of your own goes into NODE_EXTRA_CA_CERTS.',
  }),
  auditExportWebhookUrl: setting(webhookUrl, {
    env: ['AUDIT_EXPORT_WEBHOOK_URL'],
    default: undefined,
    meaning: 'Where every audit record is posted, up to 200 at a time, signed like the approval webhook.',
  }),
  auditExportWebhookSecret: setting(signingSecret, {
    env: ['AUDIT_EXPORT_WEBHOOK_SECRET'],
    default: undefined,
    meaning: 'What these posts are signed with; `whsec_` and base64, or any text.',
  }),
  auditExportWebhookPrivate: setting(onOff, {
    env: ['AUDIT_EXPORT_WEBHOOK_PRIVATE'],
    default: false,
    meaning: 'Let AUDIT_EXPORT_WEBHOOK_URL lead to private addresses.',
  }),
} as const;
