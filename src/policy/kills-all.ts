const signalled = /^(?:(?:-[sn]|--signal)[ =]?|-)(?<signal>\S+) (?<targets>.*)$/;

/** Whether kill(1) with these words ends every process there is, or the first of them. */
export function killsAll(words: string): boolean {
  const { signal = '', targets = words } = signalled.exec(words)?.groups ?? {};
  if (/^(?:0|l|L|-list|-table)$/.test(signal)) return false;
  // The first process reads its files again.
  const all = /^(?:1|(?:SIG)?HUP)$/i.test(signal) ? /(?:^| )-0*1(?: |$)/ : /(?:^| )[-+]?0*1(?: |$)/;
  return all.test(targets);
}
