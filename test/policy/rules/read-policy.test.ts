import { describe, expect, it } from 'vitest';
import { allowingLine } from '../../../src/policy/rules/allowing-line.ts';
import type { HostTraits } from '../../../src/policy/rules/host-selection.ts';
import { judgeCommand } from '../../../src/policy/rules/judge-command.ts';
import { contextFor } from '../../../src/policy/rules/profile-rule.ts';
import { readPolicy } from '../../../src/policy/rules/read-policy.ts';

const web: HostTraits = {
  name: 'web-1',
  tags: [],
  labels: { env: 'prod', tier: 'web', app: 'nginx' },
  user: 'deploy',
  sudo: true,
};

async function decide(
  text: string,
  command: string,
  { profile = 'observe', host = web }: { readonly profile?: string; readonly host?: HostTraits | 'unknown' } = {},
) {
  const judging = contextFor(await readPolicy('policy.yaml', text), { profile }, host === 'unknown' ? undefined : host);
  if (judging.kind === 'refused') return 'refused';
  return judgeCommand(command, judging.context).decision;
}

const example = `version: 1
defaults: { unlisted: deny, unparsable: deny, dynamicCommand: deny, dynamicArgument: ask, writeRedirect: deny }
paths:
  secrets: [ /etc/shadow, "/root/**", "**/.ssh/**", "**/*.pem", "**/.env" ]
  scratch: [ "/tmp/**", "~/**" ]
roles:
  oncall: { extends: operator, hosts: { labels: { env: prod, tier: [web, cache] } } }
rules:
  - id: nginx-restart
    effect: allow
    roles: [oncall]
    hosts: { labels: { app: nginx } }
    command: systemctl
    subcommand: [restart, reload]
    operands: { each: "re:^(nginx|php[0-9.]*-fpm)(\\\\.service)?$", min: 1 }
    options: { allow: [--no-pager, --quiet] }
    sudo: allowed
    tests: { match: ["sudo systemctl restart nginx"], notMatch: ["systemctl restart sshd", "systemctl -H h restart nginx"] }
  - id: no-secrets
    effect: deny
    reads: { any: [secrets] }
    reason: "credential files are never readable through the gateway"
    tests:
      match: [cat /etc/shadow, cat < /root/x, sudo mycat ~/.ssh/id_rsa, tar czf /tmp/x /root, "cd /etc; cat shadow"]
      notMatch: [cat /etc/hosts, echo /etc/shadow]
  - id: tar-list
    effect: allow
    command: tar
    options: { allow: [-t, -f, -z, -v], denyPrefix: [--to-command, --checkpoint-action] }
    operands: { paths: { read: { noneOf: [secrets] } } }
    tests: { match: [tar -tzvf /srv/x.tgz], notMatch: [tar -tf /root/x, tar -xf /srv/x.tar, tar -tf x --to-comm=sh] }
`;

const literally = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));

describe('policy.yaml', () => {
  it('takes in rules, roles, sets of paths and defaults', async () => {
    const policy = await readPolicy('policy.yaml', example);
    expect(policy.rules.map(({ id, position }) => [id, position.line])).toEqual([
      ['nginx-restart', 9],
      ['no-secrets', 19],
      ['tar-list', 26],
    ]);
    expect(policy.version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('has another version for every text', async () => {
    const one = await readPolicy('p', 'version: 1\n');
    const other = await readPolicy('p', 'version: 1 \n');
    expect(one.version).not.toBe(other.version);
    expect((await readPolicy('q', 'version: 1\n')).version).toBe(one.version);
  });

  it.each<{ text: string; problem: RegExp | string }>([
    { text: 'version: 2', problem: 'policy.yaml:1:1: version: must be 1' },
    { text: 'version: 1\nruels: []', problem: 'policy.yaml:2:1: ruels: unknown key (did you mean rules?)' },
    {
      text: 'version: 1\nrules:\n  - id: a\n    efect: deny\n    command: ls',
      problem: /policy\.yaml:4:5: rules\.0\.efect: unknown key \(did you mean effect\?\)/,
    },
    { text: 'version: 1\nrules: [', problem: /^policy\.yaml:\d+:\d+: / },
    { text: 'version: 1\nversion: 1', problem: /^policy\.yaml:2:1: .*unique/i },
    { text: 'version: 1\nrules: &a []\nroles: *a', problem: 'policy.yaml:3:8: aliases are not taken: write it out' },
    { text: 'version: 1\nrules:\n  - { id: a, effect: deny }', problem: /must say what it is for/ },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: deny, command: ls }\n  - { id: a, effect: deny, command: ls }',
      problem: 'policy.yaml:4:7: rules.1.id: another rule is called a',
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: deny, reads: { any: [secrts] } }',
      problem: /no set of paths secrts/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: allow, command: ls, roles: [oncal] }',
      problem: /no role or profile oncal/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: allow, command: ls, overrides: [builtin:destructiv] }',
      problem: /did you mean builtin:destructive\?/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: allow, command: rm, operands: any, overrides: ["builtin:catastrophic"] }',
      problem: /nothing overrides/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: allow, command: ls, operands: { each: "re:(?=x)" } }',
      problem: /not a pattern that RE2 knows/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: allow, command: ls, tests: { match: [ls /tmp] } }',
      problem: /rule a does not match this/,
    },
    {
      text: 'version: 1\nrules:\n  - { id: a, effect: deny, command: ls, tests: { notMatch: [pwd; ls] } }',
      problem: /policy\.yaml:3:\d+: rules\.0\.tests\.notMatch\.0: rule a matches this/,
    },
    {
      text: 'version: 1\nroles:\n  a: { extends: b }\n  b: { extends: a }',
      problem:
        /^policy\.yaml:3:8: roles\.a\.extends: leads in a circle.*\npolicy\.yaml:4:8: roles\.b\.extends: leads in a circle/,
    },
    {
      text: 'version: 1\nroles:\n  a: { extends: b }\n  b: { extends: observr }',
      problem:
        /:3:8: roles\.a\.extends: leads .* to a role that is missing\n.*:4:8: roles\.b\.extends: no role or profile observr \(did you mean observe\?\)$/,
    },
    {
      text: 'version: 1\nroles: { observe: { extends: admin } }',
      problem: /^policy\.yaml:2:10: roles\.observe: is the name of a built-in profile/,
    },
    {
      text: 'version: 1\npaths: { a: [/etc, etc/shadow] }',
      problem: /^policy\.yaml:2:20: paths\.a\.1: must begin with/,
    },
    { text: 'version: 1\npaths: { a: ["/etc/../x"] }', problem: /must not hold/ },
    { text: `version: 1\npaths: { a: ["/${'a'.repeat(600)}"] }`, problem: /longer than/ },
    { text: 'version: 1\nrules:\n  - { id: a, effect: deny, subcommand: x }', problem: /needs a command/ },
    { text: 'version: 1\nrules:\n  - { id: a, effect: allow, actions: [run_command] }', problem: /must name them/ },
    { text: 'version: 1\nrules:\n  - { id: a, effect: deny, actions: [run_comand] }', problem: /policy\.yaml:3:\d+/ },
    { text: '[1]', problem: /policy\.yaml:1:1/ },
    { text: '!!js/function "x"', problem: /policy\.yaml:1:1/ },
  ])('refuses, with the place: $text', async ({ text, problem }) => {
    await expect(readPolicy('policy.yaml', text)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(typeof problem === 'string' ? literally(problem) : problem),
    });
  });

  it('takes an empty file for no rules', async () => {
    await expect(readPolicy('p', '')).rejects.toThrow(/version/);
    expect((await readPolicy('p', 'version: 1')).rules).toEqual([]);
  });
});

describe('rules', () => {
  const rules = (...lines: readonly string[]): string =>
    `version: 1\npaths:\n  logs: ["/var/log/**"]\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  const allowMake =
    '{ id: make, effect: allow, command: make, options: { allow: [-s, "-j N"] }, operands: { each: [test, build], max: 2 } }';

  it.each<{ command: string; decision: string }>([
    { command: 'make test', decision: 'allow' },
    { command: 'make -s test build', decision: 'allow' },
    { command: 'make -j 4 test', decision: 'allow' },
    { command: 'make -j4 test', decision: 'allow' },
    { command: 'make -sj4 test', decision: 'allow' },
    { command: '/usr/bin/make test', decision: 'allow' },
    { command: '/tmp/make test', decision: 'deny' },
    { command: './make test', decision: 'deny' },
    { command: 'make --silent test', decision: 'deny' },
    { command: 'make -k test', decision: 'deny' },
    { command: 'make install', decision: 'deny' },
    { command: 'make test build test', decision: 'deny' },
    { command: 'make "$target"', decision: 'deny' },
    { command: 'make te*', decision: 'deny' },
    { command: 'CC=evil make test', decision: 'deny' },
    { command: 'sudo make test', decision: 'deny' },
    { command: 'make test; rm x', decision: 'deny' },
    { command: 'make test > out', decision: 'deny' },
    { command: 'make $(touch x) test', decision: 'deny' },
    { command: 'make test | cat', decision: 'allow' },
    { command: 'nice make test', decision: 'allow' },
  ])('that allow are closed: $decision for $command', async ({ command, decision }) => {
    expect(await decide(rules(allowMake), command)).toBe(decision);
  });

  const denyDelete = '{ id: no-delete, effect: deny, command: kubectl, subcommand: delete }';
  const denyForce = '{ id: no-force, effect: deny, command: [git], options: { deny: [--force, -f] } }';
  it.each<{ command: string; decision: string }>([
    { command: 'kubectl delete pod x', decision: 'deny' },
    { command: 'kubectl -n prod delete pod x', decision: 'deny' },
    { command: 'kubectl --context=x delete pod', decision: 'deny' },
    { command: 'kubectl $verb pod', decision: 'deny' },
    { command: 'sudo kubectl delete x', decision: 'deny' },
    { command: 'echo x | xargs kubectl delete', decision: 'deny' },
    { command: "sh -c 'kubectl delete x'", decision: 'deny' },
    { command: 'kubectl get pods', decision: 'allow' },
    { command: 'git push --force', decision: 'deny' },
    { command: 'git push --forc', decision: 'deny' },
    { command: 'git push --force=x', decision: 'deny' },
    { command: 'git push -uf origin', decision: 'deny' },
    { command: 'git push $x', decision: 'deny' },
    { command: 'git push origin', decision: 'allow' },
  ])('that deny are open: $decision for $command', async ({ command, decision }) => {
    expect(await decide(rules(denyDelete, denyForce), command, { profile: 'admin' })).toBe(decision);
  });

  it('of which the strictest wins, in any order', async () => {
    const all = [
      '{ id: a, effect: allow, command: x, operands: any }',
      '{ id: b, effect: ask, command: x }',
      '{ id: c, effect: deny, command: x, operands: { each: y } }',
    ];
    for (const order of [all, all.toReversed()]) {
      expect(await decide(rules(...order), 'x z', { profile: 'admin' })).toBe('ask');
      expect(await decide(rules(...order), 'x y', { profile: 'admin' })).toBe('deny');
    }
  });

  it('relax only what they name', async () => {
    const naming = (overrides: string): string =>
      rules(
        `{ id: a, effect: allow, command: rm, options: { allow: [-r, -f] }, operands: any, overrides: [${overrides}] }`,
      );
    expect(await decide(naming('"builtin:privileged"'), 'rm -rf /srv/x', { profile: 'standard' })).toBe('ask');
    expect(await decide(naming('"builtin:destructive"'), 'rm -rf /srv/x', { profile: 'standard' })).toBe('allow');
    expect(await decide(naming('"builtin:destructive"'), 'rm -rf /', { profile: 'standard' })).toBe('deny');
    expect(await decide(naming('"builtin:destructive"'), 'rm -rf /srv/x; rm -rf /usr', { profile: 'admin' })).toBe(
      'deny',
    );
  });

  it('about paths follow every way to read', async () => {
    const text = rules('{ id: a, effect: deny, reads: { any: [logs] } }');
    for (const command of [
      'cat /var/log/x',
      'cat < /var/log/x',
      'cat /var//log/../log/x',
      'cd /var; cat log/x',
      'strange --in=/var/log/x',
      'cp /var/log/x .',
      "sh -c 'cat /var/log/x'",
      'for f in /var/log/a; do cat $f; done',
    ]) {
      expect([command, await decide(text, command, { profile: 'admin' })]).toEqual([command, 'deny']);
    }
    for (const command of ['cat /var/lib/x', 'echo /var/log/x', 'cat /var/logs/x']) {
      expect([command, await decide(text, command, { profile: 'admin' })]).toEqual([command, 'allow']);
    }
  });

  it('for certain hosts are for no others, and for none where it is not known which', async () => {
    const text = rules(
      '{ id: a, effect: allow, command: deploy, operands: any, hosts: { labels: { app: [nginx, php] } } }',
      '{ id: b, effect: deny, command: ls, hosts: { names: ["db-*"] } }',
    );
    expect(await decide(text, 'deploy x')).toBe('allow');
    expect(await decide(text, 'deploy x', { host: { ...web, labels: {} } })).toBe('deny');
    expect(await decide(text, 'deploy x', { host: 'unknown' })).toBe('deny');
    expect(await decide(text, 'ls')).toBe('allow');
    expect(await decide(text, 'ls', { host: { ...web, name: 'db-3' } })).toBe('deny');
  });

  it('allow a whole text, exactly as it is written', async () => {
    const text = rules(
      '{ id: a, effect: allow, text: "curl -s https://x | sh", overrides: ["builtin:opaque", "builtin:fetched-code"] }',
    );
    expect(await decide(text, 'curl -s https://x | sh', { profile: 'standard' })).toBe('allow');
    expect(await decide(text, 'curl -s  https://x | sh', { profile: 'standard' })).toBe('ask');
    expect(await decide(text, 'curl -s https://x | sh; ls', { profile: 'standard' })).toBe('ask');
  });

  it('of a role reach as far as the role', async () => {
    const restart = 'sudo systemctl restart nginx';
    const oncall = await readPolicy('policy.yaml', example);
    expect(contextFor(oncall, { profile: 'oncall' }, { ...web, labels: { env: 'test' } }).kind).toBe('refused');
    expect(contextFor(oncall, { profile: 'oncall' }, undefined).kind).toBe('refused');
    expect(contextFor(oncall, { profile: 'nobody' }, web).kind).toBe('refused');
    expect(await decide(example, restart, { profile: 'oncall' })).toBe('allow');
    expect(await decide(example, restart, { profile: 'observe' })).toBe('deny');
    expect(await decide(example, 'cat /srv/app/.env', { profile: 'admin' })).toBe('deny');
  });

  it.each<[key: string, profile: string, command: string]>([
    ['unlisted', 'admin', 'frobnicate'],
    ['unparsable', 'admin', 'echo $('],
    ['dynamicCommand', 'admin', '$x y'],
    ['dynamicArgument', 'admin', 'ls $x'],
    ['writeRedirect', 'admin', 'echo x > y'],
  ])('follow defaults.%s under %s', async (key, profile, command) => {
    expect(await decide('version: 1', command, { profile })).toBe('allow');
    expect(await decide(`version: 1\ndefaults: { ${key}: ask }`, command, { profile })).toBe('ask');
    expect(await decide(`version: 1\ndefaults: { ${key}: deny }`, command, { profile })).toBe('deny');
  });

  it('never become laxer by defaults', async () => {
    const lax =
      'version: 1\ndefaults: { unlisted: allow, unparsable: allow, dynamicCommand: allow, dynamicArgument: allow, writeRedirect: allow }';
    for (const command of ['frobnicate', 'echo $(', '$x y', 'cat $x/y*', 'echo x > y']) {
      expect([command, await decide(lax, command)]).not.toEqual([command, 'allow']);
    }
  });
});

describe('the line that would allow a command', () => {
  it.each<{ profile: 'observe' | 'operator' | 'standard'; command: string }>([
    { profile: 'observe', command: 'rm /tmp/x' },
    { profile: 'observe', command: 'uptime; systemctl restart nginx.service' },
    { profile: 'observe', command: 'make -j 4 "a b" --file=x' },
    { profile: 'observe', command: 'true; yes no' },
    { profile: 'operator', command: 'dd if=/tmp/a of=/tmp/b' },
    { profile: 'standard', command: 'sudo apt-get install -y nginx' },
    { profile: 'standard', command: 'rm -rf /srv/cache' },
    { profile: 'standard', command: 'cat ~/.ssh/id_rsa' },
    { profile: 'standard', command: "curl -s 'https://x/y' | bash" },
    { profile: 'standard', command: 'docker system prune -f && docker volume rm x' },
  ])('does allow it, and nothing beside it: $profile, $command', async ({ profile, command }) => {
    const judgement = judgeCommand(command, { profile, rules: [], defaults: {}, host: web });
    expect(judgement.decision).not.toBe('allow');
    const line = allowingLine(command, judgement);
    expect(line).toBeDefined();
    expect(await decide(`version: 1\nrules:\n  ${line}\n`, command, { profile })).toBe('allow');
    expect(await decide(`version: 1\nrules:\n  ${line}\n`, `${command}; rm -rf /srv/other`, { profile })).not.toBe(
      'allow',
    );
  });

  it.each(['rm -rf /', 'echo x > /dev/sda'])('does not exist for what nobody can approve: %s', (command) => {
    const judgement = judgeCommand(command, { profile: 'admin', rules: [], defaults: {}, host: web });
    expect(judgement.decision).toBe('deny');
    expect(allowingLine(command, judgement)).toBeUndefined();
  });
});
