/** What a person is asked to let happen: all that was judged, without secrets. */
export interface Question {
  readonly tool: string;
  readonly hosts: readonly AskedHost[];
  readonly steps: readonly AskedStep[];
  /** The rule that asks, and why. */
  readonly rule: string;
  readonly reason: string;
  /** What becomes of a file. */
  readonly change?: AskedChange | undefined;
  /** What is copied from elsewhere. */
  readonly copy?: AskedCopy | undefined;
}

export interface AskedHost {
  readonly name: string;
  readonly address: string;
  /** The account that logs in. */
  readonly user: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One thing that would be done, on one host or alike on many. */
export interface AskedStep {
  /** In a word: `run`, `write`, `manage_service`. */
  readonly does: string;
  readonly hosts: readonly string[];
  /** The path or the command that it is about, as the caller gave it. */
  readonly about: string | undefined;
  /** The text that is sent, or the path that it leads to, where it is another. */
  readonly really: string | undefined;
  /** The programs that the command would start, with their words. */
  readonly programs: readonly (readonly string[])[];
  /** What was found in it, such as words that are known only when it runs. */
  readonly findings: readonly string[];
}

export interface AskedCopy {
  /** Of the source. */
  readonly path: string;
  /** Lower-case hex SHA-256 of the file, or of the list of all that is in the directory; null where the approval is not bound to it. */
  readonly sha256: string | null;
  /** How much it is, or why it is not known. */
  readonly note: string;
}

export interface AskedChange {
  readonly path: string;
  /** Lower-case hex SHA-256; null where there is no file. */
  readonly before: string | null;
  /** Null where the file is removed or is not known beforehand. */
  readonly after: string | null;
  /** A unified diff; undefined where there is none to show, and then `note` says why. */
  readonly diff: string | undefined;
  readonly note: string | undefined;
}
