import { onOff, port, secret, setting, text } from './setting.ts';

/** The one server of the second seed's environment, and what its tools take as arguments. Part of the table of settings. */
export const secondSeedHost = {
  sshDefaultHost: setting(text, {
    env: ['SSH_DEFAULT_HOST'],
    default: undefined,
    meaning: 'Address of one server that needs no servers.json; it is named by this address.',
  }),
  sshDefaultUser: setting(text, {
    env: ['SSH_DEFAULT_USER'],
    default: undefined,
    meaning: 'User on SSH_DEFAULT_HOST.',
  }),
  sshDefaultPort: setting(port, {
    env: ['SSH_DEFAULT_PORT'],
    default: 22,
    meaning: 'Port of SSH_DEFAULT_HOST.',
  }),
  sshDefaultPassword: setting(secret, {
    env: ['SSH_DEFAULT_PASSWORD'],
    default: undefined,
    meaning: 'Password on SSH_DEFAULT_HOST.',
  }),
  sshKeyPath: setting(text, {
    env: ['SSH_KEY_PATH'],
    default: undefined,
    meaning: 'Private key for SSH_DEFAULT_HOST; ~ is the home directory.',
  }),
  sshKeyPassphrase: setting(secret, {
    env: ['SSH_KEY_PASSPHRASE'],
    default: undefined,
    meaning: 'Passphrase of SSH_KEY_PATH.',
  }),
  sshAllowAdHocHosts: setting(onOff, {
    env: ['SSH_ALLOW_ADHOC_HOSTS'],
    default: false,
    meaning:
      'Let ssh_* tools go to hosts that their arguments describe, for callers that may use all servers. Their host keys ' +
      'must be in known_hosts.',
  }),
  sshAllowPasswordArguments: setting(onOff, {
    env: ['SSH_ALLOW_PASSWORD_ARGUMENTS'],
    default: false,
    meaning: 'Take passwords and passphrases as arguments of ssh_* tools; they then pass through the model.',
  }),
} as const;
