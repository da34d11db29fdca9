import { describe, expect, it } from 'vitest';
import { foundInAnsible } from '../../src/hosts/import/ansible-hosts.ts';
import type { Found } from '../../src/hosts/import/imported.ts';
import { readAnsible } from '../../src/hosts/import/read-ansible.ts';
import { foundInSshConfig } from '../../src/hosts/import/ssh-config-hosts.ts';
import { SshHome } from '../fixtures/ssh-home.ts';

const imported = (file: string, text: string): Found => foundInAnsible(readAnsible(file, text), 'me');
/** What matters of each server, by name. */
const entries = (found: Found): object => Object.fromEntries(found.servers.map(({ name, entry }) => [name, entry]));
const plain = { port: 22, user: 'me', tags: [], enabled: true };

describe('an Ansible inventory in INI', () => {
  it('gives hosts with what stands at them, in their groups, in the groups of those, and for all', () => {
    const found = imported(
      'hosts',
      `
# a comment
lonely ansible_host=10.0.0.9

[web]
web1 ansible_host=10.0.0.1 ansible_port=2201 ; a comment of the other kind
web2:2202 ansible_user="own user" # and one at the end

[db]
db1

[prod:children]
web
db

[web:vars]
ansible_user=deploy

[prod:vars]
ansible_user=ops
ansible_ssh_private_key_file=~/.ssh/prod key

[all:vars]
ansible_port=2222
`,
    );
    expect(entries(found)).toEqual({
      lonely: { ...plain, host: '10.0.0.9', port: 2222 },
      web1: {
        ...plain,
        host: '10.0.0.1',
        port: 2201,
        user: 'deploy',
        ssh_key_path: '~/.ssh/prod key',
        tags: ['prod', 'web'],
      },
      web2: {
        ...plain,
        host: 'web2',
        port: 2202,
        user: 'own user',
        ssh_key_path: '~/.ssh/prod key',
        tags: ['prod', 'web'],
      },
      db1: { ...plain, host: 'db1', port: 2222, user: 'ops', ssh_key_path: '~/.ssh/prod key', tags: ['db', 'prod'] },
    });
  });

  it.each([
    { pattern: 'web[01:03].example', names: ['web01.example', 'web02.example', 'web03.example'] },
    { pattern: 'db-[a:c]', names: ['db-a', 'db-b', 'db-c'] },
    { pattern: 'n[0:10:5]', names: ['n0', 'n5', 'n10'] },
    { pattern: 'r[1:2]-[a:b]', names: ['r1-a', 'r1-b', 'r2-a', 'r2-b'] },
    { pattern: 'w[1:2]:2222', names: ['w1', 'w2'] },
  ])('takes $pattern for $names', ({ pattern, names }) => {
    expect(imported('hosts', `${pattern}\n`).servers.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    { text: '[web]\nweb1 ansible_host="10.0.0.1\n', says: /hosts:2: a quote/ },
    { text: '[web:vars]\nnothing\n', says: /hosts:2: a variable/ },
    { text: 'web[9:1]\n', says: /not a range/ },
    { text: 'web[1:99999999]\n', says: /not a range/ },
    { text: 'web[1:3:0]\n', says: /not a range/ },
  ])('refuses $text', ({ text, says }) => {
    expect(() => imported('hosts', text)).toThrow(says);
  });
});

describe('an Ansible inventory in YAML', () => {
  it('gives the same, whatever is nested', () => {
    const found = imported(
      'inventory.yml',
      `
all:
  vars: { ansible_user: ops }
  hosts:
    gate: { ansible_host: 192.0.2.1 }
  children:
    web:
      hosts:
        web[1:2]:
          ansible_port: 2200
          facts: [1, 2]
      vars:
        ansible_ssh_common_args: '-o ProxyJump=admin@gate:22'
    empty:
`,
    );
    expect(entries(found)).toEqual({
      gate: { ...plain, host: '192.0.2.1', user: 'ops' },
      web1: { ...plain, host: 'web1', port: 2200, user: 'ops', jump: ['gate'], tags: ['web'] },
      web2: { ...plain, host: 'web2', port: 2200, user: 'ops', jump: ['gate'], tags: ['web'] },
    });
  });

  it('ends at groups that lead in a circle, and refuses what is no inventory with its line', () => {
    const circle = 'a:\n  hosts: { h: {} }\n  children: { b: { children: { a: {} } } }\n';
    expect(imported('i.yaml', circle).servers).toHaveLength(1);
    expect(() => imported('i.yaml', 'all:\n  hosts: {\n')).toThrow(/i\.yaml:\d+: /);
    expect(() => imported('i.yaml', '- web1\n')).toThrow(/an object of groups/);
  });
});

describe('what cannot be taken over', () => {
  it('is left out, with why', () => {
    const { servers, skipped } = imported(
      'hosts',
      `
here ansible_connection=local
box ansible_connection=winrm
late ansible_host="{{ lookup('env', 'X') }}"
odd ansible_port=ssh
behind ansible_ssh_common_args='-J elsewhere'
tube ansible_ssh_common_args='-o ProxyCommand="nc %h %p"'
`,
    );
    expect(servers).toEqual([]);
    expect(Object.fromEntries(skipped.map(({ name, why }) => [name, why]))).toEqual({
      here: expect.stringContaining('local'),
      box: expect.stringContaining('winrm'),
      late: expect.stringContaining('works out'),
      odd: expect.stringContaining('no number'),
      behind: expect.stringContaining('elsewhere'),
      tube: expect.stringContaining('ProxyCommand'),
    });
  });

  it('is no password, which is named instead', () => {
    const found = imported('hosts', 'web ansible_password=hunter2\n');
    expect(JSON.stringify(found)).not.toContain('hunter2');
    expect(found.servers[0]?.notes).toEqual([expect.stringContaining('password_env')]);
  });
});

describe('the hosts of ~/.ssh/config', () => {
  it('are servers with their keys and the way there, but for what is for one person alone', async () => {
    using home = new SshHome();
    home.put('.ssh/id_prod', 'key');
    home.put(
      '.ssh/config',
      `Host gate
  HostName 192.0.2.1
  User ops
  IdentityFile ${home.path('.ssh/id_prod')}
Host web
  HostName 192.0.2.2
  Port 2200
  User ops
  IdentityFile ${home.path('.ssh/id_prod')}
  ProxyJump gate
Host tube
  HostName 192.0.2.3
  ProxyCommand nc %h %p
Host away
  HostName 192.0.2.4
  ProxyJump nobody.example
`,
    );
    using hosts = home.hosts();
    const { servers, skipped } = await foundInSshConfig(hosts);
    const key = { ssh_key_path: home.path('.ssh/id_prod') };
    expect(servers.map(({ name, entry }) => ({ name, ...entry }))).toEqual([
      { ...plain, name: 'gate', host: '192.0.2.1', user: 'ops', ...key },
      { ...plain, name: 'web', host: '192.0.2.2', port: 2200, user: 'ops', ...key, jump: ['gate'] },
    ]);
    expect(skipped).toEqual([
      { name: 'tube', why: expect.stringContaining('ProxyCommand') },
      { name: 'away', why: expect.stringContaining('nobody.example') },
    ]);
  });
});
