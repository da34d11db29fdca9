import { check, test, type ClaimList } from '../claim.ts';

export const checklist: ClaimList = {
  name: 'compatibility',
  title: 'What users of both rely on',
  lines: 8,
  claims: [
    {
      line: 1,
      claim:
        'Existing `servers.json` and `tokens.json` are read as they are, with key paths below `/app/keys` and passphrases from the environment.',
      proofs: [check('servers.json and tokens.json of mcp-ssh are read, and not written')],
    },
    {
      line: 1,
      claim: 'Plaintext tokens work; `token migrate` replaces them by hashes without an interruption.',
      proofs: [
        check(
          'stdio takes MCP_TOKEN and CONFIG_DIR, says at a call that the token is missing, and goes on once tokens are hashes',
        ),
        test('test/identity/migrate-tokens.test.ts', 'lets whoever holds a token go on, without an interruption'),
      ],
    },
    {
      line: 1,
      claim: 'Keys that Sallyport does not know stay in both files when it writes them.',
      proofs: [check('keys that nobody knows stay in the files')],
    },
    {
      line: 1,
      claim: '`prefix*` and `*` mean what they meant, in `allowed_servers` and `execute_on_multiple`.',
      proofs: [check('prefix patterns say which servers a token reaches')],
    },
    {
      line: 1,
      claim:
        'Whoever relies on `security` gets at least as strict a result; the false alarms of its built-in patterns are gone.',
      proofs: [check('the security block binds at least as strictly, and false alarms of the seed run')],
    },
    {
      line: 2,
      claim: 'The nine tools of mcp-ssh have their parameter names and answer with their keys.',
      proofs: [
        check('the nine tools of mcp-ssh have their parameters'),
        check('the nine tools of mcp-ssh answer with their keys, as JSON in text and structure'),
        check('what a token may not do is refused in the words of mcp-ssh'),
      ],
    },
    {
      line: 2,
      claim: 'The ten tools of ssh-mcp-server have their parameters and answer as they did.',
      proofs: [
        check('the ten tools of ssh-mcp-server have their parameters, those of the connection too'),
        check('the ten tools of ssh-mcp-server answer as they did, with SSH_DEFAULT_* and no token'),
      ],
    },
    {
      line: 2,
      claim: 'Other hosts and secrets as arguments are refused unless a setting allows them.',
      proofs: [
        check('other hosts and passwords in arguments are refused unless they are allowed'),
        test('test/gateway/ad-hoc-hosts.test.ts', 'a host that only the arguments describe'),
      ],
    },
    {
      line: 3,
      claim: 'A bearer token of mcp-ssh works at `POST /mcp`, whatever JSON the client accepts.',
      proofs: [check('POST /mcp takes a token of mcp-ssh, whatever JSON the client accepts')],
    },
    {
      line: 3,
      claim: 'OAuth metadata is found at its places with and without a path, and as OpenID configuration.',
      proofs: [check('OAuth metadata is at every place where clients of the seeds look')],
    },
    {
      line: 3,
      claim:
        '`/authorize`, `/token`, `/register`, `/login`, `/login/callback` and `/google/callback` are where they were.',
      proofs: [check('the paths that consoles and clients hold are kept')],
    },
    {
      line: 4,
      claim: '`/health` has the keys of both.',
      proofs: [check('GET /health has the keys of both seeds')],
    },
    {
      line: 4,
      claim: '`/sse` with `/messages` serves clients of the old transport.',
      proofs: [
        check('GET /sse and POST /messages serve clients of HTTP+SSE'),
        test(
          'test/http/golden-seeds.test.ts',
          'speaks as it did on the stream: endpoint first, 202 and nothing to each message, and the answers as data',
        ),
      ],
    },
    {
      line: 4,
      claim: '`/shell`, `/tool/NAME`, `/tools/NAME` and `/openapi.json` are there where they are switched on.',
      proofs: [
        check('POST /shell and /tool/NAME are there where the bridge is on, described at /openapi.json'),
        test('test/http/rest-bridge.test.ts', 'is not there unless it is switched on'),
      ],
    },
    {
      line: 4,
      claim: '`/mcp/v1/*`, which mcp-ssh itself had dropped, is not offered.',
      proofs: [check('/mcp/v1, which mcp-ssh had dropped, is not there')],
    },
    {
      line: 5,
      claim: 'Every variable of both is known: used, or named at the start as without use.',
      proofs: [
        check('every variable of both seeds is in the reference of the package'),
        test('test/config/seed-environment.test.ts', 'the example environment of a seed'),
      ],
    },
    {
      line: 5,
      claim: 'Variables that were documented and ignored do what they say; where both have one, the order is stated.',
      proofs: [
        check('variables of the seeds do what their names say'),
        test('test/config/seed-environment.test.ts', 'a variable of a seed'),
      ],
    },
    {
      line: 6,
      claim: 'The commands of mcp-ssh are there, with `enable` and `disable`, and a flag for every prompt.',
      proofs: [check('every command of mcp-ssh is there'), check('servers and tokens are managed without a terminal')],
    },
    {
      line: 6,
      claim: 'Over stdio, `MCP_TOKEN` with `CONFIG_DIR` works, and `SSH_DEFAULT_*` alone without a token.',
      proofs: [
        check(
          'stdio takes MCP_TOKEN and CONFIG_DIR, says at a call that the token is missing, and goes on once tokens are hashes',
        ),
        check('the ten tools of ssh-mcp-server answer as they did, with SSH_DEFAULT_* and no token'),
      ],
    },
    {
      line: 7,
      claim: '`LOGS_DIR/audit.log` is JSON Lines with the field and event names of mcp-ssh.',
      proofs: [check('audit.log is JSON Lines with the fields of mcp-ssh, and holds refusals too')],
    },
    {
      line: 8,
      claim: 'The image has `/app/config`, `/app/keys` and `/app/logs`, port 8000, and runs as uid 1000.',
      proofs: [
        test(
          'test/slow/deploy.test.ts',
          'makes, step by step, an image that serves as uid 1000 and tells that it is healthy',
        ),
        test(
          'test/slow/deploy.test.ts',
          'publish on loopback alone, write to nothing but their volumes, and pass on what .env sets',
        ),
      ],
    },
  ],
};
