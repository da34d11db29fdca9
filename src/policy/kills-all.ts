const signalled = /^(?:(?:-[sn]|--signal)[ =]?|-)(?<signal>\S+) (?<targets>.*)/;

const sendsNothing = /^(?:0|l|L|-list|-table)$/;
/** At which the first process reads its files again. */
const reloads = /^(?:1|(?:SIG)?HUP)$/i;

const everyProcess = /(?:^| )-0*1(?: |$)/;
const firstOrEvery = /(?:^| )[-+]?0*1(?: |$)/;

/** Whether kill(1) with these words ends every process there is, or the first of them. */
export function killsAll(words: string): boolean {
  const { signal = '', targets = words } = signalled.exec(words)?.groups ?? {};
  if (sendsNothing.test(signal)) return false;
  return (reloads.test(signal) ? everyProcess : firstOrEvery).test(targets);
}
