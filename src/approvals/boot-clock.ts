import { thisProcess } from '../base/process-identity.ts';

/** A time that no setting of the clock changes: since this machine was booted. The same in all of its processes. */
export interface BootTime {
  /** Empty where the boot cannot be told from others. */
  readonly bootId: string;
  readonly ms: number;
}

/** What a time limit is measured by. */
export interface Clock {
  readonly date: () => Date;
  readonly sinceBoot: () => BootTime;
}

const { bootId } = thisProcess();

export const systemClock: Clock = {
  date: () => new Date(),
  sinceBoot: () => ({ bootId, ms: Number(process.hrtime.bigint() / 1_000_000n) }),
};

/** When something ends: by the clock on the wall, and by the machine's own, which cannot be put back. */
export interface TimeLimit {
  readonly from: Date;
  readonly until: Date;
  readonly sinceBoot: BootTime;
}

/** Two machines' clocks differ by less. */
const toleratedMs = 60_000;

export function timeLimit(clock: Clock, forMs: number): TimeLimit {
  const from = clock.date();
  const { bootId: boot, ms } = clock.sinceBoot();
  return { from, until: new Date(from.getTime() + forMs), sinceBoot: { bootId: boot, ms: ms + forMs } };
}

/** Whichever clock is first: setting the time back lengthens nothing. */
export function isOver({ from, until, sinceBoot }: TimeLimit, clock: Clock): boolean {
  const now = clock.date().getTime();
  const boot = clock.sinceBoot();
  const isSameBoot = boot.bootId !== '' && boot.bootId === sinceBoot.bootId;
  return now >= until.getTime() || now < from.getTime() - toleratedMs || (isSameBoot && boot.ms >= sinceBoot.ms);
}
