import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/policy/action.ts';
import { gatewayFiles } from '../../src/policy/gateway-files.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const judge = (action: Action) => gatewayFiles.judge(aCaller(), action);
const path = '/srv/sallyport/config/tokens.json';

describe("what is about the gateway's own files", () => {
  it.each<Action>([
    { kind: 'read_path', host: hostId('web-1'), path, ofGateway: true },
    { kind: 'write_path', host: hostId('web-1'), path, ofGateway: true },
  ])('is refused for $kind, and nobody is asked', (action) => {
    expect(judge(action)).toEqual({
      decision: 'deny',
      code: 'path_not_permitted',
      justification: expect.stringMatching(/nobody can approve it.*gateway's own files.*at the command line/),
    });
  });

  it.each<Action>([{ kind: 'read_path', host: hostId('web-1'), path }, { kind: 'list_hosts' }])(
    'is not what happens to be named like them: $kind',
    (action) => {
      expect(judge(action)).toBeUndefined();
    },
  );
});
