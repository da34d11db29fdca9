import { hostOf, type Action } from '../policy/action.ts';

type RunCommand = Extract<Action, { readonly kind: 'run_command' }>;

/** An action, or one command on several hosts. */
export type RecordedAction = Action | (Omit<RunCommand, 'host'> & { readonly hosts: readonly string[] });

/** The actions as they are recorded: a command that goes to a thousand hosts is one text. */
export function recordedActions(actions: readonly Action[]): readonly RecordedAction[] {
  const commands = Map.groupBy(actions.filter(isRunCommand), ({ command }) => command);
  const recorded = [...commands.values()].flatMap((same): readonly RecordedAction[] => {
    const [first] = same;
    if (first === undefined || same.length === 1) return same;
    const { kind, command, canonical } = first;
    return [{ kind, hosts: same.map(({ host }) => host), command, ...(canonical !== undefined && { canonical }) }];
  });
  return [...recorded, ...actions.filter((action) => !isRunCommand(action))];
}

/** Every host that the actions touch, once. */
export function recordedHosts(actions: readonly Action[]): readonly string[] {
  return [...new Set(actions.flatMap((action) => hostOf(action) ?? []))];
}

function isRunCommand(action: Action): action is RunCommand {
  return action.kind === 'run_command';
}
