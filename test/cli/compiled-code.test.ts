import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SallyportPlace } from '../fixtures/sallyport.ts';

/** Not that of the test run. */
const ownCache = { NODE_COMPILE_CACHE: '' };

describe('compiled code', () => {
  it("is kept for the next start in the user's own cache, for the user alone", async () => {
    await using place = new SallyportPlace();
    expect(await place.run(['version'], { env: ownCache })).toMatchObject({ status: 0 });
    const kept = join(place.home, '.cache', 'sallyport', 'compiled');
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    expect(readdirSync(kept)).not.toEqual([]);
  });

  it('is not kept where somebody else could put other code in its place', async () => {
    await using place = new SallyportPlace();
    const cache = place.path('cache');
    mkdirSync(join(cache, 'sallyport'), { recursive: true });
    chmodSync(join(cache, 'sallyport'), 0o777);
    expect(await place.run(['version'], { env: { ...ownCache, XDG_CACHE_HOME: cache } })).toMatchObject({ status: 0 });
    expect(readdirSync(join(cache, 'sallyport', 'compiled'))).toEqual([]);
  });

  it('is not kept in a relative place, which would be the directory we are started in', async () => {
    await using place = new SallyportPlace();
    expect(await place.run(['version'], { env: { ...ownCache, XDG_CACHE_HOME: 'cache', HOME: '' } })).toMatchObject({
      status: 0,
    });
    expect(existsSync(place.path('cache'))).toBe(false);
  });
});
