import type { BundledPackage } from './bundled.ts';

/** The packages in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), in the order of the lock file. */
export function billOfMaterials(
  packages: readonly BundledPackage[],
  product: { readonly name: string; readonly version: string },
): object {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', ...product, 'bom-ref': purl(product) } },
    components: packages.map(({ name, version, licence, integrity }) => ({
      type: 'library',
      'bom-ref': purl({ name, version }),
      name,
      version,
      purl: purl({ name, version }),
      ...(licence !== undefined && { licenses: [{ expression: licence }] }),
      ...(integrity?.startsWith('sha512-') && {
        hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice(7), 'base64').toString('hex') }],
      }),
    })),
  };
}

/** Package URL: a scope is its namespace, with `@` escaped. */
function purl({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
