/** sshd's default for `MaxSessions` (sshd_config(5)). */
const usualSessions = 10;
/** A limit that was learned is tried again after this long: an operator may have raised it. */
const forgottenAfterMs = 10 * 60_000;

/** How many sessions one connection to a host may have: the usual number, or what its refusals taught us. */
export class SessionLimit {
  #learned: { readonly sessions: number; readonly at: number } | undefined;

  /** How many calls may share a connection. What remains is for the SFTP channel, for ending a run, and for what is kept. */
  get calls(): number {
    const sessions = this.#sessions;
    if (this.hasRoomToKeep) return sessions - 3;
    if (sessions > 3) return sessions - 2;
    return Math.max(1, sessions - 1);
  }

  /** Whether a session can be spared for a command that stays beside the calls. */
  get hasRoomToKeep(): boolean {
    return this.#sessions > 4;
  }

  /** A session was refused while so many were open. */
  refused(open: number): void {
    if (open >= 1 && open < this.#sessions) this.#learned = { sessions: open, at: performance.now() };
  }

  get #sessions(): number {
    const isFresh = this.#learned !== undefined && performance.now() - this.#learned.at < forgottenAfterMs;
    return isFresh ? (this.#learned?.sessions ?? usualSessions) : usualSessions;
  }
}
