import { executionsIn, executionsOf, isExited, never, type Executions, type Kind, type Place } from './kind.ts';
import type { Random } from '../test/fixtures/random.ts';

/** A command that runs to its end, and says so at the end. */
function whole(name: string, weight: number, text: (random: Random) => string): Kind {
  return {
    name,
    weight,
    plan: (n, random, place) => ({
      tool: 'execute_command',
      arguments: { server: serverOf(random, place), command: `${place.begin(n)}; ${text(random)}; echo end-${n}` },
      executions: executionsOf,
      faults: (answer) => {
        if (answer.kind !== 'result' || !isExited(answer)) return [];
        return answer.json['stdout'] === `end-${n}\n` ? [] : [`its output is ${JSON.stringify(answer.json['stdout'])}`];
      },
    }),
  };
}

/** A command that has to be ended. */
function endless(
  name: string,
  weight: number,
  how: { readonly text: string; readonly ends: 'timeout' | 'cancel' },
): Kind {
  return {
    name,
    weight,
    plan: (n, random, place) => ({
      tool: 'execute_command',
      arguments: {
        server: serverOf(random, place),
        command: `${place.begin(n)}; ${how.text}`,
        ...(how.ends === 'timeout' && { timeout: 1 }),
      },
      ...(how.ends === 'cancel' && { cancelAfterMs: random.whole(0, 1500) }),
      executions: executionsOf,
      faults: (answer) => (isExited(answer) ? ['it came to an end by itself'] : []),
    }),
  };
}

/** What it leaves in the background, it leaves on purpose. */
const daemon: Kind = {
  name: 'daemon',
  weight: 4,
  plan: (n, random, place) => ({
    tool: 'execute_command',
    arguments: {
      server: serverOf(random, place),
      command: `${place.begin(n)}; setsid sleep 20 >/dev/null 2>&1 & echo started`,
    },
    executions: executionsOf,
    stays: (answer) => (isExited(answer) ? 'surely' : 'never'),
  }),
};

const onAll: Kind = {
  name: 'on all servers',
  weight: 8,
  plan: (n, random, place) => ({
    tool: 'execute_on_multiple',
    arguments: { servers: place.servers, command: `${place.begin(n)}; sleep 0.${random.whole(0, 9)}` },
    executions: (answer) => {
      if (answer.kind === 'none') return { least: 0, most: place.servers.length };
      if (answer.kind === 'refused') return never;
      return sum(Object.values(answer.json['results'] ?? {}).map(executionsIn));
    },
  }),
};

function sum(several: readonly Executions[]): Executions {
  const total = (which: keyof Executions): number => several.reduce((all, one) => all + one[which], 0);
  return { least: total('least'), most: total('most') };
}

function serverOf(random: Random, { servers }: Place): string {
  return servers[random.whole(0, servers.length - 1)] ?? '';
}

export const commands: readonly Kind[] = [
  whole('short', 30, () => 'true'),
  whole('long', 12, (random) => `sleep ${random.whole(1, 30) / 10}`),
  whole('children', 8, (random) => `sleep 0.${random.whole(1, 9)} & sleep ${random.whole(1, 2)} & wait`),
  whole('setsid children', 6, (random) => `setsid sleep ${random.whole(1, 20) / 10} & wait`),
  endless('timeout', 6, { text: 'sleep 60 & setsid sleep 61 & wait', ends: 'timeout' }),
  endless('stubborn timeout', 2, { text: `trap '' TERM HUP; while :; do sleep 0.3; done`, ends: 'timeout' }),
  endless('cancelled', 6, { text: 'sleep 62 & setsid sleep 63 & wait', ends: 'cancel' }),
  endless('stubborn cancelled', 2, {
    text: `trap '' TERM HUP; (setsid sleep 64 &); sleep 65; sleep 66`,
    ends: 'cancel',
  }),
  daemon,
  onAll,
];
