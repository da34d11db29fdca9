import { userInfo } from 'node:os';
import { describeTarget, type Lock, type LockTarget } from '../locks/lock.ts';
import { describeLock } from '../locks/locks.ts';
import { addLock, readLocks, removeLocks } from '../locks/read-locks.ts';
import { UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';

export interface TargetOptions extends CommonOptions {
  readonly caller?: string;
  readonly host?: string;
  readonly label?: string;
  readonly tag?: string;
  readonly all?: boolean;
}

export interface LockOptions extends TargetOptions {
  readonly reason?: string;
  readonly list?: boolean;
}

export interface UnlockOptions extends TargetOptions {
  readonly every?: boolean;
}

/** `lock`: refuses new calls, and ends what runs, in all processes that share DATA_DIR. */
export async function lock(options: LockOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const file = config.locksFile;
  if (options.list === true) {
    const locks = await readLocks(file);
    screen.show({ text: locks.length === 0 ? ['Nothing is locked'] : locks.map(describeLock), json: { locks } });
    return;
  }
  const on = targetOf(options);
  const set: Lock = {
    on,
    reason: options.reason ?? '',
    by: `local:${userInfo().username}`,
    at: new Date().toISOString(),
  };
  const metadata = { operation: 'lock', on, reason: set.reason };
  await recorded({ tool: 'lock', eventType: 'lock', metadata }, { config, log }, () => addLock(file, set));
  const text = [
    `✓ Locked: ${describeTarget(on)}. New calls are refused, and what runs ends within two seconds, as far as a gateway is running`,
    'Undo it with: sallyport unlock, and the same options',
  ];
  screen.show({ text, json: { success: true, lock: set } });
}

export async function unlock(options: UnlockOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const file = config.locksFile;
  const which = options.every === true ? 'every' : targetOf(options);
  const metadata = { operation: 'unlock', on: which };
  const removed = await recorded({ tool: 'unlock', eventType: 'lock', metadata }, { config, log }, () =>
    removeLocks(file, which),
  );
  const what = which === 'every' ? 'every lock' : describeTarget(which);
  const text = removed === 0 ? [`Not locked: ${what}`] : [`✓ Unlocked: ${what}`];
  screen.show({ text, json: { success: true, removed } });
}

function targetOf({ caller, host, label, tag, all }: TargetOptions): LockTarget {
  const targets: LockTarget[] = [];
  if (all === true) targets.push({ kind: 'all' });
  if (caller !== undefined) targets.push({ kind: 'caller', name: caller });
  if (host !== undefined) targets.push({ kind: 'host', name: host });
  if (tag !== undefined) targets.push({ kind: 'tag', name: tag });
  if (label !== undefined) targets.push(labelTarget(label));
  const [target, ...more] = targets;
  const isNamed = target !== undefined && (target.kind === 'all' || target.name !== '');
  if (isNamed && more.length === 0) return target;
  throw new UsageError('Name one thing: --caller NAME, --host NAME, --label NAME=VALUE, --tag NAME or --all');
}

function labelTarget(label: string): LockTarget {
  const at = label.indexOf('=');
  if (at < 1) throw new UsageError('--label takes NAME=VALUE');
  return { kind: 'label', name: label.slice(0, at), value: label.slice(at + 1) };
}
