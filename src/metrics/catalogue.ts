import type { FamilyDescription } from './family.ts';

const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const diskSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Every metric. The documentation is made from this table. */
export const catalogue = {
  sallyport_calls: {
    type: 'counter',
    help: 'Tool calls that have ended, refused ones included. decision: what policy said; none where it was not asked.',
    labels: ['tool', 'decision', 'outcome'],
  },
  sallyport_call_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'How long tool calls took, refused ones included.',
    labels: ['tool'],
    buckets: callSeconds,
  },
  sallyport_call_errors: {
    type: 'counter',
    help: 'Tool calls that were refused or could not run, by their error code.',
    labels: ['code'],
  },
  sallyport_calls_running: { type: 'gauge', help: 'Tool calls under way.', labels: [] },
  sallyport_requests_limited: {
    type: 'counter',
    help: 'HTTP requests over a rate limit; calls over one are in sallyport_call_errors.',
    labels: [],
  },
  sallyport_logins_refused: {
    type: 'counter',
    help: 'HTTP requests with a token that nobody has, or a wrong one for these metrics.',
    labels: [],
  },
  sallyport_redactions: { type: 'counter', help: 'Secrets that were taken out of answers.', labels: [] },
  sallyport_connections: {
    type: 'gauge',
    help: 'SSH connections. state: open or connecting.',
    labels: ['state'],
  },
  sallyport_connection_waiting: {
    type: 'gauge',
    help: 'Calls that wait for an SSH connection.',
    labels: [],
  },
  sallyport_ssh_connects: {
    type: 'counter',
    help: 'Attempts to open an SSH connection. result: connected, or the error code.',
    labels: ['result'],
  },
  sallyport_ssh_connect_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'From dialling to the end of the login, where that succeeded.',
    labels: [],
    buckets: callSeconds,
  },
  sallyport_hosts: {
    type: 'gauge',
    help: 'Configured servers. state: connected, connecting, idle, failing or disabled.',
    labels: ['state'],
  },
  sallyport_jobs: {
    type: 'gauge',
    help: 'Jobs that have not ended, of all processes on this DATA_DIR. state: starting or running.',
    labels: ['state'],
  },
  sallyport_approvals_pending: {
    type: 'gauge',
    help: 'Approvals that wait for a person, of all processes on this DATA_DIR.',
    labels: [],
  },
  sallyport_approvals: {
    type: 'counter',
    help: 'Approvals that ended in this process. outcome: granted, denied, expired or withdrawn.',
    labels: ['outcome'],
  },
  sallyport_locks: { type: 'gauge', help: 'Locks that operators have set.', labels: [] },
  sallyport_locked: { type: 'gauge', help: '1 while no call at all is let through.', labels: [] },
  sallyport_audit_records: {
    type: 'counter',
    help: 'Audit records that this process has written. kind: intent, probe, outcome, refusal, chain_start or chain_cut.',
    labels: ['kind'],
  },
  sallyport_audit_failures: { type: 'counter', help: 'Audit records that could not be written.', labels: [] },
  sallyport_audit_write_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'How long calls waited until their intent was on disk.',
    labels: [],
    buckets: diskSeconds,
  },
  sallyport_audit_queue: { type: 'gauge', help: 'Audit records that wait to be written.', labels: [] },
  sallyport_audit_last_write_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'When an audit record was last written, in seconds since 1970; 0 before the first.',
    labels: [],
  },
  sallyport_audit_writable: { type: 'gauge', help: '0 while nothing runs, for it could not be recorded.', labels: [] },
  sallyport_audit_exported: {
    type: 'counter',
    help: 'Audit records that this process has copied elsewhere. sink: file, syslog or webhook.',
    labels: ['sink'],
  },
  sallyport_audit_export_failures: {
    type: 'counter',
    help: 'Attempts at that which failed; they are repeated until they succeed.',
    labels: ['sink'],
  },
  sallyport_audit_export_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the oldest audit record that is not copied has waited.',
    labels: ['sink'],
  },
  sallyport_process_start_time_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'When this process started, in seconds since 1970.',
    labels: [],
  },
  sallyport_process_cpu_seconds: {
    type: 'counter',
    unit: 'seconds',
    help: 'Processor time of this process.',
    labels: [],
  },
  sallyport_process_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of this process. kind: rss, heap_used, heap_total or external.',
    labels: ['kind'],
  },
  sallyport_event_loop_delay_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'How late the event loop was, since it was last read. quantile: 0.5, 0.99 or 1.',
    labels: ['quantile'],
  },
  sallyport_build: { type: 'info', help: 'What runs here.', labels: ['version', 'node'] },
} as const satisfies Readonly<Record<string, FamilyDescription>>;

export type MetricName = keyof typeof catalogue;
