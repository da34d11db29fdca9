/** One way to run a command on the host. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** The command's standard output. */
  run(command: string): Promise<string>;
}

/** Milliseconds of each command, by contender. */
export type Times = ReadonlyMap<Contender, readonly number[]>;

const warmUp = 20;

/**
 * Every contender runs every command before the next command is run, so that the machine's moods hit all alike. No two
 * commands are the same. Throws where an answer is wrong: what is fast and wrong is not fast.
 */
export async function takeTurns(contenders: readonly Contender[], commands: number): Promise<Times> {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let n = -warmUp; n < commands; n += 1) {
    for (const contender of contenders) {
      const before = performance.now();
      const output = await contender.run(`echo ${n}`);
      const took = performance.now() - before;
      if (output.trim() !== String(n)) throw new Error(`${contender.name} answered ${output} to echo ${n}`);
      if (n >= 0) times.get(contender)?.push(took);
    }
  }
  return times;
}

/** Commands a second with so many under way at once. */
export async function throughput(contender: Contender, inFlight: number, commands: number): Promise<number> {
  let next = 0;
  const before = performance.now();
  const worker = async (): Promise<void> => {
    while (next < commands) {
      next += 1;
      const n = next;
      const output = await contender.run(`echo ${n}`);
      if (output.trim() !== String(n)) throw new Error(`${contender.name} answered ${output} to echo ${n}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (commands / (performance.now() - before)) * 1000;
}
