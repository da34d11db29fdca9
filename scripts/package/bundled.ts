import { z } from 'zod';

const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

/** A package that the bundle may hold. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, where the package says one. */
  readonly licence: string | undefined;
  /** As in package-lock.json: `sha512-` and base64. */
  readonly integrity: string | undefined;
  /** From the root of the repository. */
  readonly directory: string;
}

/** What is installed without the packages for development. */
export function bundledPackages(lockText: string): readonly BundledPackage[] {
  const { packages } = lock.parse(JSON.parse(lockText));
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([directory, { version = '', license: licence, integrity }]) => {
      const name = directory.slice(directory.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { name, version, licence, integrity, directory };
    });
}
