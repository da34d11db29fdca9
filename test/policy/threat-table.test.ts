import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The tests that show each row of the threat table, by file and by words of their names. */
const rows: readonly (readonly [
  row: number,
  threat: string,
  ...proofs: readonly (readonly [file: string, name: string])[],
])[] = [
  [
    1,
    'no token, no answer',
    ['http/app', 'answers 401 to the authorization %s before it reads anything'],
    ['oauth/discovery-and-registration', 'finds the resource'],
  ],
  [
    2,
    'tokens for others',
    ['oauth/authorization-server', 'a token request may name the resource'],
    ['identity/api-tokens', 'is not known by its hash, by another text'],
  ],
  [
    3,
    'stolen token files',
    ['identity/api-tokens', 'stores a new token as its hash'],
    ['mcp/http', 'ends at once when its token is revoked'],
  ],
  [
    4,
    'DNS rebinding',
    ['http/allowed-names', 'the Host header'],
    ['http/allowed-names', 'the Origin header'],
    ['http/check-bind', 'refuses plain HTTP on'],
  ],
  [
    5,
    'stolen session ids',
    ['mcp/http', 'does not exist for another token, nor does an unknown one'],
    ['mcp/http', 'has an unguessable id'],
    ['mcp/http', 'ends when it was idle for too long'],
  ],
  [
    6,
    'a host that is another',
    ['ssh/pool/pool', 'sends nothing to a host whose key is not known'],
    ['ssh/pool/pool', 'sends nothing to a host that shows another key'],
    ['ssh/host-keys/host-keys', 'refuses a key that contradicts a known one'],
  ],
  [7, 'host arguments that are options', ['gateway/refusals', "server: '-oProxyCommand=id'"]],
  [8, 'hidden characters', ['policy/threats', '8: hidden characters are denied']],
  [9, 'bypasses', ['policy/rules/corpora', 'allows nothing that it should not']],
  [
    10,
    'another text runs than was judged',
    ['policy/threats', '10: what closed rules allow is sent in the form'],
    ['gateway/policy', 'has its version, and both texts, in the audit'],
  ],
  [
    11,
    'a broken policy',
    ['gateway/policy', 'a bad one leaves the old'],
    ['policy/rules/read-policy', 'refuses, with the place'],
    ['base/file-modes', 'is refused at $file in $directory'],
  ],
  [
    12,
    'paths that lead elsewhere',
    ['policy/threats', '12: a path that must not be read is denied'],
    ['gateway/handle-tool-call', 'refuses a link that leads to a restricted path'],
    ['ssh/transfer/copying', 'follows no link, and reads no pipe'],
    ['ssh/files/files', 'is the place a dangling link points at'],
  ],
  [
    13,
    'links swapped in between',
    ['ssh/files/files', 'refuses a symlink swapped in after the path was resolved'],
    ['gateway/sudo-files', 'by links that are swapped while it works'],
  ],
  [
    14,
    'half-written files',
    ['slow/file-faults', 'at any moment of an overwrite leaves the old file or the new'],
    ['ssh/files/files', 'keeps the mode %o'],
  ],
  [
    15,
    'nothing on record',
    ['gateway/handle-tool-call', 'records the intent before the command has run, and the outcome after'],
  ],
  [
    16,
    'edited records',
    ['audit/verify', 'verifying a trail that was tampered with'],
    ['contract/audit-store', 'refuses to change or remove a record'],
  ],
  [
    17,
    'a full disk',
    ['gateway/ends-of-calls', 'keeps everything from running, and lets it run again by itself'],
    ['storage/audit-faults', 'says that the disk is full'],
  ],
  [18, 'forged records', ['audit/redact', 'redacts and neutralises keys and values at any depth']],
  [
    19,
    'secrets of ours shown',
    ['gateway/handle-tool-call', 'lets no token out, neither in an answer nor in a record'],
    ['audit/redact', 'lets no secret through, whatever stands around it and however it is cut'],
  ],
  [
    20,
    'secrets of hosts shown',
    ['gateway/redacted-files', 'shows no part of them wherever a range begins and ends'],
    ['outputs/collector', 'never reaches the disk with a secret in it'],
  ],
  [
    21,
    'text that is not what it seems',
    ['console/shown-text', 'marks letters that pass for others'],
    ['base/untrusted-text', 'neutraliseLine'],
    ['gateway/approvals', 'and nothing that is not seen'],
  ],
  [
    22,
    'hosts that give orders',
    ['e2e/orders-of-hosts', 'is data in the answer of %s %j, and its text is JSON of the same'],
    ['e2e/orders-of-hosts', 'becomes no instruction, no tool and no part of one'],
    ['e2e/orders-of-hosts', 'is shown to a person who approves behind a bar alone'],
  ],
  [
    23,
    'names of others',
    ['gateway/handle-tool-call', 'lists the servers a caller may use, without addresses of others'],
    ['policy/host-rules', 'are refused alike whether they exist or not'],
  ],
  [
    24,
    'talkative errors',
    ['mcp/tool-result', 'says of what was thrown and is no error only that it is internal'],
    ['http/app', 'fails closed, and tells nothing but an incident'],
  ],
  [
    25,
    'commands without end',
    ['gateway/ends-of-calls', 'is ended on the host at its timeout'],
    ['ssh/runs/run', 'is ended with everything it started when its caller goes away'],
    ['outputs/collector', 'gives each stream its half where both are long'],
  ],
  [26, 'too many calls', ['limits/rate-limit', 'a rate limit'], ['limits/slots', 'describe(']],
  [
    27,
    'texts that take long to judge',
    ['policy/shell/hostile-texts', 'is decided within 50 ms, and thrown at no one'],
    ['policy/threats', '27: hostile text is decided in time'],
  ],
  [28, 'patterns that stall', ['policy/threats', '28: a pattern that would stall is linear']],
  [
    29,
    'one host that holds up others',
    ['slow/fleet', 'waits for a server that does not answer no longer than that one was given'],
  ],
  [
    30,
    'floods',
    ['e2e/flood', 'a gateway with a host that floods it'],
    ['ssh/runs/stop', 'a run that forks without end'],
  ],
  [
    31,
    'readers that change something',
    ['policy/threats', '31: observe changes nothing'],
    ['tools/every-tool', 'are not listed where the profile never allows them'],
  ],
  [
    32,
    'approvals used again',
    ['gateway/approvals', 'lets one of fifty calls at once run'],
    ['gateway/approvals', 'is given by nobody with the credential that asked'],
    ['gateway/approvals', 'ends with the policy under which it was asked'],
  ],
  [
    33,
    'the client that confirms to itself',
    ['mcp/approvals', 'is not believed where policy does not let that client decide'],
  ],
  [
    34,
    'another call than was approved',
    ['gateway/approvals', 'is not let through by the approval of another'],
    ['approvals/plan-hash', 'is another with %s'],
  ],
  [
    35,
    'approving what nobody may',
    ['policy/threats', '35: nobody can allow'],
    ['gateway/approvals', 'is not asked at all where it is catastrophic'],
  ],
  [
    36,
    'rights that were taken away',
    ['policy/threats', '36: a change of the policy holds from the next call on'],
    ['gateway/ends-of-calls', 'is ended within two seconds when its token is taken out of the file'],
  ],
  [
    37,
    'sudo',
    ['policy/threats', '37: sudo is only what it seems'],
    ['policy/threats', '37: and it never asks for a password'],
  ],
  [
    38,
    'what a connection brings along',
    ['ssh/runs/run', 'has no terminal'],
    ['gateway/policy', 'under a shell that takes nothing from the account'],
  ],
  [39, 'connections of others', ['ssh/pool/pool', 'never lends a connection to a call with another credential']],
  [
    40,
    'programs that run others',
    ['policy/shell/wrappers', 'is looked into'],
    ['policy/shell/wrappers', 'shows that it cannot be looked into'],
  ],
  [
    41,
    'files of the gateway',
    ['gateway/own-files', 'are kept from every tool for files %s'],
    ['gateway/own-files', 'are kept from commands in which they are %s'],
    ['base/file-modes', 'is refused when another user owns it'],
  ],
  [
    42,
    'files that are read unasked',
    ['cli/stdio', 'takes nothing from the working directory'],
    ['hosts/ssh-config-names', 'do not make us wait for a pipe'],
  ],
  [
    43,
    'OAuth',
    ['oauth/authorization-server', 'is worth nothing without its verifier'],
    ['oauth/authorization-server', 'used twice ends all of them'],
    ['base/outbound-address', 'describe('],
  ],
  [
    44,
    'what is not understood',
    ['policy/threats', '44: what is not understood is never allowed'],
    ['policy/shell/second-opinions', 'names every program that bash would start'],
  ],
];

describe('the threat table', () => {
  it('has a test for every row', () =>
    expect(rows.map(([row]) => row)).toEqual(Array.from({ length: 44 }, (_, n) => n + 1)));

  it.each(rows.flatMap(([row, threat, ...proofs]) => proofs.map(([file, name]) => ({ row, threat, file, name }))))(
    '$row, $threat: $file shows "$name"',
    ({ file, name }) => {
      const path = new URL(`../${file}.test.ts`, import.meta.url);
      expect(existsSync(path)).toBe(true);
      expect(readFileSync(path, 'utf8')).toContain(name);
    },
  );
});
