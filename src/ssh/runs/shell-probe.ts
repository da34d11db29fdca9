import type { ShellKind } from '../../policy/action.ts';

/**
 * Asks a login shell for its name, and whether there is bash. A shell of another family stops at the first of it, and so
 * does one that may not start others.
 */
export const shellProbe = `echo "login=$0"; sh -c 'command -v bash >/dev/null 2>&1 && echo have=bash || echo have=sh'`;

const families = /^-?(?:.*\/)?(?:ba|da|a|z|k|mk|pdk|lk|ok)?sh$|^-?(?:.*\/)?(?:ksh93|busybox)$/;

export function shellKindIn(answer: string): ShellKind {
  const [, login = ''] = /^login=(.*)$/m.exec(answer) ?? [];
  if (!families.test(login.trim())) return 'other';
  return /^have=bash$/m.test(answer) ? 'bash' : /^have=sh$/m.test(answer) ? 'sh' : 'other';
}
