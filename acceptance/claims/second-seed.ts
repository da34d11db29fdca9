import { check, test, type ClaimList } from '../claim.ts';

export const secondSeedClaims: ClaimList = {
  name: 'ssh-mcp-server',
  title: 'What ssh-mcp-server said of itself',
  lines: 13,
  claims: [
    {
      line: 1,
      claim: 'Seven tools, and the three more that it had.',
      inSeed: 'yes',
      proofs: [
        check('the ten tools of ssh-mcp-server have their parameters, those of the connection too'),
        check('the ten tools of ssh-mcp-server answer as they did, with SSH_DEFAULT_* and no token'),
      ],
    },
    {
      line: 2,
      claim:
        'People sign in with Google or another issuer, over OAuth 2.1 with PKCE; codes go to registered addresses alone.',
      inSeed: 'partly',
      proofs: [
        check('a code is good once, and only with its PKCE verifier'),
        check('nobody is sent to an address that was not registered, and a person sees who asks'),
        test('test/oauth/sign-in-elsewhere.test.ts', 'a person whom another issuer vouches for'),
      ],
    },
    {
      line: 3,
      claim: 'Only addresses of e-mail that are listed get in, and only verified ones.',
      inSeed: 'partly',
      proofs: [test('test/oauth/sign-in-elsewhere.test.ts', 'a person whom another issuer vouches for')],
    },
    {
      line: 4,
      claim: 'Access tokens live an hour at most.',
      inSeed: 'no',
      proofs: [check('a client registers itself, and a person signs in with a token of mcp-ssh')],
    },
    {
      line: 5,
      claim: 'Authorization codes cannot be forged, nor used again.',
      inSeed: 'partly',
      proofs: [check('a code is good once, and only with its PKCE verifier')],
    },
    {
      line: 6,
      claim: 'Clients register themselves, and what they register binds them.',
      inSeed: 'partly',
      proofs: [
        check('a client registers itself, and a person signs in with a token of mcp-ssh'),
        check('nobody is sent to an address that was not registered, and a person sees who asks'),
      ],
    },
    {
      line: 7,
      claim: 'stdio and HTTP with server-sent events; Streamable HTTP besides.',
      inSeed: 'partly',
      proofs: [
        check('the ten tools of ssh-mcp-server answer as they did, with SSH_DEFAULT_* and no token'),
        check('GET /sse and POST /messages serve clients of HTTP+SSE'),
        test('test/e2e/clients.test.ts', 'is shown the tools'),
      ],
    },
    {
      line: 8,
      claim: 'Keys of Ed25519, RSA and ECDSA, with passphrases from the environment.',
      inSeed: 'partly',
      proofs: [check('servers.json and tokens.json of mcp-ssh are read, and not written')],
    },
    {
      line: 9,
      claim: 'Connections are shared by calls, never across credentials.',
      inSeed: 'partly',
      proofs: [
        check('one connection serves many calls'),
        test('test/ssh/pool/pool.test.ts', 'never lends a connection to a call with another credential'),
      ],
    },
    {
      line: 10,
      claim: 'A lost connection is made again; a command that may have started never runs twice.',
      inSeed: 'partly',
      proofs: [
        check('a command that leaves something running behind it runs once'),
        check('a connection that was cut is made again, and what ran on it is not repeated'),
        check('more than 2 MB of output come to an end'),
      ],
    },
    {
      line: 11,
      claim: '`ALLOWED_COMMANDS` limits what runs.',
      inSeed: 'partly',
      proofs: [check('ALLOWED_COMMANDS binds every program of a command, and the tools for logs and services')],
    },
    {
      line: 12,
      claim: 'Files are edited by replacing, inserting and deleting.',
      inSeed: 'partly',
      proofs: [
        check('a file is edited by replacing, inserting and deleting, at its edges too'),
        test('test/tools/ssh-tools.test.ts', 'keeps mode, hard links and bytes that are not UTF-8'),
      ],
    },
    {
      line: 13,
      claim: 'The tools are there as plain HTTP with a description, and one long call holds up nobody.',
      inSeed: 'partly',
      proofs: [
        check('POST /shell and /tool/NAME are there where the bridge is on, described at /openapi.json'),
        check('a command over the bridge that takes long holds up nobody'),
      ],
    },
  ],
};
