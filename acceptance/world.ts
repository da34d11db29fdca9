import { join } from 'node:path';
import { installBuiltPackage } from '../test/fixtures/built-package.ts';
import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts';
import { aFirstSeed, type FirstSeed } from './seeds/first-seed.ts';
import { aSecondSeed, type SecondSeed } from './seeds/second-seed.ts';

/** The built package, installed as a user installs it, with the set-ups of both seeds and a host they reach. */
export interface World extends AsyncDisposable {
  /** The program of the installed package. */
  readonly sallyport: string;
  /** Where the package lies. */
  readonly package: string;
  readonly sshd: Sshd;
  readonly first: FirstSeed;
  readonly second: SecondSeed;
  /** For files on the host. */
  readonly folder: string;
}

export async function aWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const place = await installBuiltPackage(folder.path);
  const sallyport = join(place, 'node_modules/.bin/sallyport');
  const sshd = stack.use(await startSshd({ ports: 3 }));
  const first = stack.use(await aFirstSeed(sallyport, sshd));
  const second = stack.use(await aSecondSeed(sallyport, sshd));
  const open = stack.move();
  return {
    sallyport,
    package: join(place, 'node_modules/sallyport'),
    sshd,
    first,
    second,
    folder: folder.path,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
