/** A server found somewhere else, as an entry of servers.json. */
export interface FoundServer {
  readonly name: string;
  readonly entry: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly ssh_key_path?: string;
    readonly agent?: true;
    readonly jump?: readonly string[];
    readonly tags: readonly string[];
    readonly enabled: true;
  };
  /** What was not taken over, and what to do about it. */
  readonly notes: readonly string[];
}

export interface SkippedServer {
  readonly name: string;
  readonly why: string;
}

export interface Found {
  readonly servers: readonly FoundServer[];
  readonly skipped: readonly SkippedServer[];
}
