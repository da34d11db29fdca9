import { readFile } from 'node:fs/promises';
import ssh2, { type IdentityCallback, type ParsedKey } from 'ssh2';

/** An ssh-agent of which only the given keys are used, as `IdentitiesOnly` asks (ssh_config(5)). */
export class LimitedAgent extends ssh2.OpenSSHAgent {
  readonly #publicKeys: readonly Buffer[];

  constructor(socketPath: string, publicKeys: readonly Buffer[]) {
    super(socketPath);
    this.#publicKeys = publicKeys;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      const isMine = (key: ParsedKey): boolean => this.#publicKeys.some((wanted) => wanted.equals(key.getPublicSSH()));
      callback(
        error,
        keys?.filter((key) => 'getPublicSSH' in key && isMine(key)),
      );
    });
  }
}

/** The raw keys in public key files; a file that holds none counts for nothing. */
export async function readPublicKeys(paths: readonly string[]): Promise<readonly Buffer[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.flatMap((text) => {
    const [, base64] = text.trim().split(/\s+/);
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64')];
  });
}
