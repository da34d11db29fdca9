import { randomUUID } from 'node:crypto';
import type { Gateway } from '../src/gateway/gateway.ts';
import { handleToolCall } from '../src/gateway/handle-tool-call.ts';
import { aGateway, fullToken } from '../test/fixtures/gateway.ts';
import { startSshd } from '../test/fixtures/sshd.ts';
import { plain } from './commands.ts';
import { median, type Section } from './figures.ts';

const stageNames = ['authenticate', 'limit', 'judge', 'record intent', 'run', 'redact', 'record outcome'] as const;
type Stage = (typeof stageNames)[number];

/** What each stage of the pipeline takes of a warm call, without HTTP and MCP around it. */
export function stages(commands: number): Section {
  return {
    name: 'stages',
    about: `the pipeline in this process, ${commands} distinct commands: where the time goes`,
    run: async () => {
      await using sshd = await startSshd(plain);
      await using started = await aGateway(sshd);
      const spent = new Map<Stage, number[]>(stageNames.map((stage) => [stage, []]));
      const gateway = timed(started.running.gateway, (stage, ms) => spent.get(stage)?.push(ms));
      const whole: number[] = [];
      for (let n = -20; n < commands; n += 1) {
        if (n === 0) for (const times of spent.values()) times.length = 0;
        const before = performance.now();
        const call = {
          tool: 'execute_command',
          arguments: { server: 'web-1', command: `echo ${n}` },
          client: undefined,
        };
        const credential = { kind: 'bearer', token: fullToken } as const;
        await handleToolCall({ id: randomUUID(), credential, signal: new AbortController().signal, ...call }, gateway);
        if (n >= 0) whole.push(performance.now() - before);
      }
      return [
        ...stageNames.map((stage) => ({ what: stage, measured: median(spent.get(stage) ?? []), unit: 'ms' }) as const),
        { what: 'whole pipeline', measured: median(whole), unit: 'ms' },
      ];
    },
  };
}

/** The same gateway, with a clock at each part that the pipeline hands a call to. */
function timed(gateway: Gateway, note: (stage: Stage, ms: number) => void): Gateway {
  const watch = <T extends object>(part: T, stageOf: Partial<Record<keyof T, Stage>>, wrap?: Watched): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const stage = stageOf[name as keyof T];
        return (...args: readonly unknown[]): unknown => {
          const before = performance.now();
          const stop = (): void => {
            if (stage) note(stage, performance.now() - before);
          };
          const result: unknown = Reflect.apply(value, target, args);
          if (result instanceof Promise) return result.finally(stop);
          stop();
          return wrap?.(name, result) ?? result;
        };
      },
    });
  type Watched = (name: string | symbol, result: unknown) => unknown;
  const inner = (method: string, stageOf: Record<string, Stage>): Watched => {
    return (name, result) =>
      name === method && typeof result === 'object' && result ? watch(result, stageOf) : result;
  };
  const authenticate: Gateway['authenticate'] = (credential) => {
    const before = performance.now();
    const caller = gateway.authenticate(credential);
    note('authenticate', performance.now() - before);
    return caller;
  };
  return {
    ...gateway,
    authenticate,
    limits: watch(gateway.limits, { admit: 'limit' }),
    policy: watch(gateway.policy, { evaluate: 'judge' }),
    audit: watch(gateway.audit, {}, inner('begin', { recordIntent: 'record intent', recordOutcome: 'record outcome' })),
    ssh: watch(gateway.ssh, {}, inner('under', { runOrKeep: 'run' })),
    redactor: watch(gateway.redactor, { redactOutput: 'redact' }),
  };
}
