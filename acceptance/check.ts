import type { World } from './world.ts';

/** Shows something of the built package; throws where it is not so. */
export type Check = (world: World) => Promise<void>;
