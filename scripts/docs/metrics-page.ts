import { catalogue } from '../../src/metrics/catalogue.ts';
import type { FamilyDescription } from '../../src/metrics/family.ts';
import { code, page, table } from './markdown.ts';

const introduction =
  '`serve` answers `GET /metrics` where `METRICS_TOKEN` is set, to whoever brings that as a bearer token, in the text format of ' +
  'OpenMetrics 1.0. Figures are those of the process that answers, since it started, unless a line says otherwise. Labels take the ' +
  'values named here, names of tools, error codes and versions: never what a caller or a server said.';

const scraping = [
  'For Prometheus:',
  '```yaml',
  'scrape_configs:',
  '  - job_name: sallyport',
  '    authorization: { credentials_file: /etc/prometheus/sallyport-token }',
  "    static_configs: [{ targets: ['127.0.0.1:8000'] }]",
  '```',
  '',
  'A target by a name that is neither loopback nor in `PUBLIC_BASE_URL` has to be in `ALLOWED_HOSTS`.',
].join('\n');

const alerts =
  'Worth an alert: `sallyport_audit_writable == 0` (nothing runs), `sallyport_locked == 1`, ' +
  '`sallyport_approvals_pending` that stays, `sallyport_hosts{state="failing"}`, and a rise of ' +
  '`sallyport_logins_refused_total`.';

/** What the samples of a family end in. */
const suffixes = { counter: '_total', gauge: '', histogram: '_bucket, _count, _sum', info: '_info' } as const;

export function metricsPage(): string {
  const rows = Object.entries<FamilyDescription>(catalogue).map(([name, { type, help, labels }]) => [
    code(name),
    type,
    suffixes[type] === '' ? '' : code(suffixes[type]),
    labels.map(code).join(', '),
    help,
  ]);
  return page('Metrics', [
    introduction,
    scraping,
    alerts,
    table(['Family', 'Type', 'Ends in', 'Labels', 'Meaning'], rows),
  ]);
}
