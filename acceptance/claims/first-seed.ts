import { check, test, type ClaimList } from '../claim.ts';

export const firstSeedClaims: ClaimList = {
  name: 'mcp-ssh',
  title: 'What mcp-ssh said of itself',
  lines: 22,
  claims: [
    {
      line: 1,
      claim:
        'A server is set up with a key of its own: the password is used once, and the host key is verified before.',
      inSeed: 'partly',
      proofs: [
        test('test/slow/server-add.test.ts', 'makes a key, puts it on the host once, and logs in with nothing else'),
        check('servers and tokens are managed without a terminal'),
      ],
    },
    {
      line: 2,
      claim: 'Streamable HTTP by the official SDK, for clients of both its versions.',
      inSeed: 'yes',
      proofs: [
        check('POST /mcp takes a token of mcp-ssh, whatever JSON the client accepts'),
        test('test/e2e/clients.test.ts', 'runs a command on a real server, and reads text and structure alike'),
      ],
    },
    {
      line: 3,
      claim:
        'Clients find OAuth (RFC 9728) and people sign in with the tokens they have; the token itself is never handed out.',
      inSeed: 'partly',
      proofs: [
        check('OAuth metadata is at every place where clients of the seeds look'),
        check('a client registers itself, and a person signs in with a token of mcp-ssh'),
        check('nobody is sent to an address that was not registered, and a person sees who asks'),
      ],
    },
    {
      line: 4,
      claim: 'What happens is streamed while a call runs.',
      inSeed: 'no',
      proofs: [
        check('what comes of many servers is told while the call runs'),
        test('test/mcp/clients.test.ts', 'a client that asks for progress'),
      ],
    },
    {
      line: 5,
      claim: 'Tokens have permissions, and none of them leads to another.',
      inSeed: 'partly',
      proofs: [
        check('what a token may not do is refused in the words of mcp-ssh'),
        test('test/gateway/refusals.test.ts', 'runs nothing of what stands in its texts'),
      ],
    },
    {
      line: 6,
      claim: 'Commands are checked before they run, each part of a line by itself.',
      inSeed: 'partly',
      proofs: [
        check('the security block binds at least as strictly, and false alarms of the seed run'),
        test('test/policy/catastrophes.test.ts', 'what nobody may approve'),
      ],
    },
    {
      line: 7,
      claim: 'Requests and commands are limited.',
      inSeed: 'no',
      proofs: [
        check('a limit of servers.json is kept: 429 and Retry-After'),
        test('test/http/rate-limit.test.ts', 'refuses a command too many with a tool result'),
      ],
    },
    {
      line: 8,
      claim: 'Every operation is recorded, refusals too, with no secret in it, and the record can be verified.',
      inSeed: 'partly',
      proofs: [
        check('audit.log is JSON Lines with the fields of mcp-ssh, and holds refusals too'),
        check('the record verifies'),
      ],
    },
    {
      line: 9,
      claim: 'Hundreds of servers are used from one endpoint.',
      inSeed: 'partly',
      proofs: [
        test(
          'test/slow/fleet-of-500.test.ts',
          'runs once on each, tells of the first long before the last, and fits its text on a screen',
        ),
      ],
    },
    {
      line: 10,
      claim: 'One call runs on many servers at the same time.',
      inSeed: 'no',
      proofs: [check('one command runs on many servers at the same time')],
    },
    {
      line: 11,
      claim: 'It runs in a container, answers health checks and ends well.',
      inSeed: 'partly',
      proofs: [
        check('the gateway answers health checks, and ends well when it is told to'),
        check('the tokens that the example publishes stop the start'),
        test(
          'test/slow/deploy.test.ts',
          'makes, step by step, an image that serves as uid 1000 and tells that it is healthy',
        ),
      ],
    },
    {
      line: 12,
      claim: 'Servers and tokens are managed at the command line; also enabled and disabled.',
      inSeed: 'partly',
      proofs: [check('every command of mcp-ssh is there'), check('servers and tokens are managed without a terminal')],
    },
    {
      line: 13,
      claim: '`GET /mcp` says what is there, and `GET /sse` opens a stream.',
      inSeed: 'no',
      proofs: [
        check('GET /mcp tells anybody what this is, and no name of a server'),
        check('GET /sse and POST /messages serve clients of HTTP+SSE'),
      ],
    },
    {
      line: 14,
      claim:
        '`HOST`, `PORT`, `TOKEN_EXPIRY_HOURS`, `RATE_LIMIT_*`, `SSH_*_TIMEOUT` and `DEBUG` are settings that are read.',
      inSeed: 'no',
      proofs: [
        check('variables of the seeds do what their names say'),
        test('test/config/seed-environment.test.ts', 'the example environment of a seed'),
      ],
    },
    {
      line: 15,
      claim: '`rate_limit` of `servers.json` is kept.',
      inSeed: 'no',
      proofs: [check('a limit of servers.json is kept: 429 and Retry-After')],
    },
    {
      line: 16,
      claim: 'Tokens are stored as hashes.',
      inSeed: 'no',
      proofs: [
        check(
          'stdio takes MCP_TOKEN and CONFIG_DIR, says at a call that the token is missing, and goes on once tokens are hashes',
        ),
        test('test/identity/api-tokens.test.ts', 'stores a new token as its hash, for us alone, and keeps the rest'),
      ],
    },
    {
      line: 17,
      claim: 'Every command has a timeout, which ends it on its host.',
      inSeed: 'no',
      proofs: [check('a timeout ends the command on its host, and says what became of it')],
    },
    {
      line: 18,
      claim: 'What `require_confirmation` lists is asked of a person.',
      inSeed: 'no',
      proofs: [
        check('the security block binds at least as strictly, and false alarms of the seed run'),
        test(
          'test/e2e/shared-approvals.test.ts',
          'outlives the gateway that asked, is given at a terminal, and lets one of fifty calls run',
        ),
      ],
    },
    {
      line: 19,
      claim: 'Private keys never leave the gateway.',
      inSeed: 'yes',
      proofs: [check('no private key is in what the gateway says, logs or records')],
    },
    {
      line: 20,
      claim:
        'Packages are installed by apt, yum and dnf, by apk, zypper and pacman too, without questions, and with sudo where it is allowed.',
      inSeed: 'partly',
      proofs: [
        test('test/slow/install-package.test.ts', 'install_package with apt'),
        test('test/slow/install-package.test.ts', 'install_package with the other managers'),
        test('test/slow/install-package.test.ts', 'install_package by sudo'),
      ],
    },
    {
      line: 21,
      claim: 'What raises privileges or loads into the kernel is recognised.',
      inSeed: 'no',
      proofs: [check('what raises privileges or loads into the kernel is never simply allowed')],
    },
    {
      line: 22,
      claim: 'Most of the code is run by tests: more than 80 %.',
      inSeed: 'no',
      proofs: [check('the share of the code that tests run, as it was measured last, is above 80 %')],
    },
  ],
};
