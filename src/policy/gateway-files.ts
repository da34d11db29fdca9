import type { Rule } from './evaluate.ts';

/** The gateway's own files, on the machine it runs on: whoever writes them makes the rules. Nobody can approve it. */
export const gatewayFiles: Rule = {
  id: 'builtin:gateway_files',
  judge(_caller, action) {
    if (!('ofGateway' in action)) return undefined;
    const justification =
      'Refused, and nobody can approve it: this server is the machine that the gateway runs on, and this is about the ' +
      "gateway's own files (configuration, keys, records). Leave them out; its operator changes them at the command line";
    return { decision: 'deny', code: 'path_not_permitted', justification };
  },
};
