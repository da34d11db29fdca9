import { describe, expect, it } from 'vitest';
import { programsOf } from '../../../src/policy/shell/program-table.ts';
import type { OptionSpec, Program } from '../../../src/policy/shell/program.ts';
import { files } from '../../../src/policy/shell/programs/files.ts';
import { interpreters } from '../../../src/policy/shell/programs/interpreters.ts';
import { network } from '../../../src/policy/shell/programs/network.ts';
import { system } from '../../../src/policy/shell/programs/system.ts';
import { wrappers } from '../../../src/policy/shell/programs/wrappers.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import type { Unit } from '../../../src/policy/shell/unit.ts';

function unitsOf(text: string): readonly Unit[] {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading.units;
}

/** The innermost command of a text, and the way there. */
function innermost(text: string): { readonly command: string; readonly via: readonly string[] } {
  const unit = unitsOf(text).at(-1);
  if (unit === undefined) throw new Error(`${text} has no command`);
  return { command: [unit.program, ...unit.argv].map(({ value }) => value).join(' '), via: unit.via };
}

describe('a wrapper lets its command be seen', () => {
  it.each<{ text: string; command: string; via: readonly string[] }>([
    { text: 'sudo rm -rf x', command: 'rm -rf x', via: ['sudo'] },
    { text: 'sudo -nu www-data -g x -- rm x', command: 'rm x', via: ['sudo'] },
    { text: 'sudo --user=root A=1 rm x', command: 'rm x', via: ['sudo'] },
    { text: 'sudo -u#-1 id', command: 'id', via: ['sudo'] },
    { text: 'doas -u a rm x', command: 'rm x', via: ['doas'] },
    { text: 'env -i -u X A=1 rm x', command: 'rm x', via: ['env'] },
    { text: "env -S 'A=1 rm -f' x", command: 'rm -f x', via: ['env'] },
    { text: "env -vS'rm -f x'", command: 'rm -f x', via: ['env'] },
    {
      text: 'nice -n 5 nohup ionice -c3 timeout -k 1 5 rm x',
      command: 'rm x',
      via: ['nice', 'nohup', 'ionice', 'timeout'],
    },
    { text: 'nice -19 rm x', command: 'rm x', via: ['nice'] },
    { text: 'stdbuf -oL setsid -w rm x', command: 'rm x', via: ['stdbuf', 'setsid'] },
    { text: 'command -p builtin exec -a y rm x', command: 'rm x', via: ['command', 'builtin', 'exec'] },
    { text: 'taskset -c 0-3 chrt -r 5 rm x', command: 'rm x', via: ['taskset', 'chrt'] },
    { text: '/usr/bin/env rm x', command: 'rm x', via: ['env'] },
    { text: 'time -p -- rm x', command: 'rm x', via: [] },
    { text: '/usr/bin/time -f %e rm x', command: 'rm x', via: ['time'] },
    { text: 'busybox rm x', command: 'rm x', via: ['busybox'] },
    { text: 'chroot /mnt rm x', command: 'rm x', via: ['chroot'] },
    { text: 'nsenter -t 42 -m -- rm x', command: 'rm x', via: ['nsenter'] },
    { text: 'unshare -rm rm x', command: 'rm x', via: ['unshare'] },
    { text: 'runuser -u a -- rm x', command: 'rm x', via: ['runuser'] },
    { text: "su - a -c 'rm x'", command: 'rm x', via: ['su'] },
    { text: 'flock -n /tmp/l rm x', command: 'rm x', via: ['flock'] },
    { text: "flock /tmp/l -c 'rm x'", command: 'rm x', via: ['flock'] },
    { text: "watch -n1 'rm x'", command: 'rm x', via: ['watch'] },
    { text: 'watch -x rm x', command: 'rm x', via: ['watch'] },
    { text: "bash -xec 'rm x' name", command: 'rm x', via: ['bash'] },
    { text: "sh -c -- 'rm x'", command: 'rm x', via: ['sh'] },
    { text: "bash --norc -o pipefail -c 'rm x'", command: 'rm x', via: ['bash'] },
    { text: "ksh -c 'rm x'", command: 'rm x', via: ['ksh'] },
    { text: "bash <<'E'\nrm x\nE\n", command: 'rm x', via: ['bash'] },
    { text: "sudo sh <<< 'rm x'", command: 'rm x', via: ['sudo', 'sh'] },
    { text: 'eval rm "x y"', command: 'rm x y', via: ['eval'] },
    { text: 'eval -- "rm x"', command: 'rm x', via: ['eval'] },
    { text: "trap 'rm x' EXIT INT", command: 'rm x', via: ['trap'] },
    { text: 'ssh -p 22 -o BatchMode=yes a@web rm x', command: 'rm x', via: ['ssh'] },
    { text: "ssh web -l a 'cd /srv && rm x'", command: 'rm x', via: ['ssh'] },
    { text: "ssh -o ProxyCommand='rm x' web", command: 'rm x', via: ['ssh'] },
    { text: "ssh -oProxyCommand='rm x' web", command: 'rm x', via: ['ssh'] },
    { text: 'find . -name "*.c" -exec rm {} \\; -print', command: 'rm {}', via: ['find'] },
    { text: 'find . -execdir rm -f {} +', command: 'rm -f {}', via: ['find'] },
    { text: "find . -exec sh -c 'rm x' {} \\;", command: 'rm x', via: ['find', 'sh'] },
    { text: 'xargs -0 -n1 -P 4 rm -f', command: 'rm -f ', via: ['xargs'] },
    { text: 'xargs -I{} cp {} /tmp', command: 'cp {} /tmp ', via: ['xargs'] },
    { text: 'parallel -j4 rm -f ::: a b', command: 'rm -f ', via: ['parallel'] },
    { text: 'docker exec -it -u 0 web rm x', command: 'rm x', via: ['docker exec'] },
    { text: "docker compose -f c.yml exec -T web sh -c 'rm x'", command: 'rm x', via: ['docker compose exec', 'sh'] },
    { text: 'docker run --rm -v /a:/b -e A=1 alpine rm x', command: 'rm x', via: ['docker run'] },
    { text: 'kubectl -n a exec -it pod -c b -- rm x', command: 'rm x', via: ['kubectl exec'] },
    { text: "git -c core.pager='rm x' log", command: 'rm x', via: ['git log'] },
    { text: "git -c alias.l='!rm x' l", command: 'rm x', via: ['git'] },
    { text: 'git bisect run rm x', command: 'rm x', via: ['git bisect run'] },
    { text: "git submodule foreach 'rm x'", command: 'rm x', via: ['git submodule foreach'] },
    { text: "tar xf a --to-comm='rm x'", command: 'rm x', via: ['tar'] },
    { text: "tar cf a --checkpoint-action=exec='rm x' b", command: 'rm x', via: ['tar'] },
    { text: "tar xIf 'rm x' a", command: 'rm x', via: ['tar'] },
    { text: "rsync -e 'rm x' a b:", command: 'rm x', via: ['rsync'] },
    { text: "sort --compress-prog='rm x' f", command: 'rm x', via: ['sort'] },
    { text: 'ip netns exec a rm x', command: 'rm x', via: ['ip netns exec'] },
    { text: 'start-stop-daemon -S -x /bin/rm -- -rf x', command: '/bin/rm -rf x', via: ['start-stop-daemon'] },
    { text: "script -qc 'rm x' /dev/null", command: 'rm x', via: ['script'] },
    { text: "at now <<< 'rm x'", command: 'rm x', via: ['at'] },
    { text: 'bash -c "sudo sh -c \'eval rm x\'"', command: 'rm x', via: ['bash', 'sudo', 'sh', 'eval'] },
  ])('in $text', ({ text, command, via }) => {
    expect(innermost(text)).toEqual({ command, via });
  });

  it('and is one itself', () => {
    expect(unitsOf('sudo nice rm x').map(({ program }) => program.value)).toEqual(['sudo', 'nice', 'rm']);
  });

  it.each([
    'command -v rm',
    'command -V rm',
    'sudo -l',
    'sudo -v',
    'trap - INT',
    "trap '' INT",
    'exec 3>&1',
    'xargs -r',
    'ionice -p 1',
  ])('which runs nothing in: %s', (text) => {
    expect(unitsOf(text)).toHaveLength(1);
  });

  it('with what xargs and find put in as words that are not known', () => {
    const kinds = (text: string) =>
      unitsOf(text)
        .at(-1)
        ?.argv.map(({ kind }) => kind);
    expect(kinds('xargs rm -f')).toEqual(['static', 'dynamic']);
    expect(kinds('xargs -I% rm a%b')).toEqual(['dynamic', 'dynamic']);
    expect(kinds('find . -exec rm -f a/{} {} \\;')).toEqual(['static', 'dynamic', 'dynamic']);
    expect(unitsOf('xargs -I% % a').at(-1)?.program.kind).toBe('dynamic');
    expect(unitsOf("find . -exec sh -c 'rm {}' \\;").at(-1)?.program.kind).toBe('dynamic');
  });

  it('and as whom it runs', () => {
    const [, unit] = unitsOf('sudo -n -u www-data ls');
    expect(unit?.sudo).toMatchObject({ user: { value: 'www-data' }, options: ['--non-interactive', '--user'] });
  });
});

interface Way {
  readonly program: string;
  readonly text: string;
}

/** Every way in which the tables say that a program runs a command, as a command line. */
function waysToRun({ name, options, operands, verbs, classes }: Program): readonly Way[] {
  const kinds = operands.map(({ kind }) => kind).filter((kind) => kind !== 'assignments');
  const at = kinds.findIndex((kind) => kind !== 'plain' && kind !== 'reads' && kind !== 'writes');
  const place = kinds[at];
  const before = (at === -1 ? kinds : kinds.slice(0, at)).map(() => 'x').join(' ');
  const dashes = place === 'command_behind_dashes' ? '-- ' : '';
  const texts: string[] = [];
  if (place !== undefined && name !== 'start-stop-daemon') {
    const start = { time: '/usr/bin/time', runuser: 'runuser -u x' }[name] ?? name;
    texts.push(`${start} ${before} ${dashes}${place === 'text' ? "'wrapped a'" : 'wrapped a'}`);
  }
  if (classes.includes('shell')) texts.push(`${name} -c 'wrapped a'`);
  if (name === 'find') texts.push('find x -exec wrapped a \\;', 'find x -okdir wrapped a {} +');
  // Not a command but a program, whose words stand elsewhere.
  if (name === 'start-stop-daemon') return [];
  const running = [...new Set(options.values())].filter(({ value }) => value === 'runs');
  texts.push(...running.flatMap((spec) => spec.names.map((option) => `${name} ${option}${valueFor(spec)} ${before}`)));
  return [...texts.map((text) => ({ program: name, text })), ...[...verbs.values()].flatMap(waysToRun)];
}

function valueFor({ names }: OptionSpec): string {
  const value = `'${names.includes('--setting') ? 'ProxyCommand=' : names.includes('--checkpoint-action') ? 'exec=' : ''}wrapped a'`;
  return ` ${value}`;
}

/** Shells with a language of their own: their text is known to be one, and no more. */
const foreign = /^(?:zsh|fish|csh|tcsh|pwsh|xonsh|nu|elvish)$/;

describe('every program of which we know that it runs others', () => {
  const known = programsOf([wrappers, interpreters, files, system, network]);
  const ways = [...known.values()].flatMap(waysToRun);

  it('is looked into', () => {
    expect(new Set(ways.map(({ program }) => program)).size).toBeGreaterThan(150);
    const missed = ways.filter(({ program, text }) => {
      const last = unitsOf(text).at(-1);
      if (foreign.test(program)) return last?.program.kind !== 'dynamic';
      return !unitsOf(text).some((unit) => unit.program.value === 'wrapped' && unit.via.at(-1) === program);
    });
    expect(missed).toEqual([]);
  });

  it('shows that it cannot be looked into where its words are not known', () => {
    const missed = ways.filter(({ text }) => {
      const reading = readShell(text.replace(/'?(?:exec=|ProxyCommand=)?wrapped a'?/, '"$unknown"'));
      return reading.kind === 'units' && reading.units.every(({ program }) => program.kind === 'static');
    });
    expect(missed.filter(({ text }) => !/--checkpoint-action/.test(text))).toEqual([]);
  });
});
