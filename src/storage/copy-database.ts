import { backup, DatabaseSync } from 'node:sqlite';

/** One state of a database that others may be writing, as a file of its own. The target must not exist. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    await backup(source, to);
  } finally {
    source.close();
  }
}
