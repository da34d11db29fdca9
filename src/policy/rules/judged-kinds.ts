/** Kinds of actions that rules of a policy can be for; the others touch nothing of a host. */
export const judgedKinds = [
  'run_command',
  'check_service',
  'manage_service',
  'install_package',
  'read_journal',
  'read_path',
  'write_path',
  'list_path',
  'gather_facts',
  'read_job',
  'cancel_job',
  'close_connection',
  'read_gateway_file',
  'write_gateway_file',
] as const;

export type JudgedKind = (typeof judgedKinds)[number];

export function isJudgedKind(kind: string): kind is JudgedKind {
  return judgedKinds.some((judged) => judged === kind);
}
