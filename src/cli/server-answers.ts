import type { JsonMembers } from '../base/json-file.ts';
import { isDemo, newNameProblem } from '../hosts/edit-servers.ts';
import { askText, askToConfirm } from './ask.ts';
import { Cancelled, UsageError } from './exit-code.ts';
import type { Screen } from './screen.ts';

/** Flags of `server add` that describe the server. */
export interface ServerFlags {
  readonly name?: string;
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly description?: string;
  readonly tags?: string;
  readonly jump?: string;
  readonly replace?: boolean;
}

export interface ServerAnswers {
  readonly name: string;
  /** In the first seed's keys and order; without those about the key file. */
  readonly entry: { readonly host: string; readonly port: number; readonly user: string } & JsonMembers;
}

/** What `server add` has to know of a server, from flags or asked for. */
export async function askAboutServer(
  screen: Screen,
  flags: ServerFlags,
  existing: JsonMembers,
): Promise<ServerAnswers> {
  const name = await askText(screen, {
    flag: '--name',
    message: 'Server name',
    given: flags.name,
    problem: newNameProblem,
  });
  await confirmReplacing(screen, flags, Object.hasOwn(existing, name) && !isDemo(existing[name]) ? name : undefined);
  const host = await askText(screen, {
    flag: '--host',
    message: 'Hostname or IP address',
    given: flags.host,
    problem: wordProblem,
  });
  const port = await askText(screen, {
    flag: '--port',
    message: 'SSH port',
    given: flags.port,
    initial: '22',
    otherwise: '22',
    problem: portProblem,
  });
  const user = await askText(screen, {
    flag: '--user',
    message: 'Username',
    given: flags.user,
    initial: 'root',
    problem: wordProblem,
  });
  const description = await askText(screen, {
    flag: '--description',
    message: 'Description (optional)',
    given: flags.description,
    otherwise: '',
  });
  const tags = await askText(screen, {
    flag: '--tags',
    message: 'Tags, by commas (optional)',
    given: flags.tags,
    otherwise: '',
  });
  return {
    name,
    entry: {
      host,
      port: Number(port),
      user,
      ...(flags.jump !== undefined && { jump: splitList(flags.jump) }),
      tags: splitList(tags),
      enabled: true,
      description: description === '' ? null : description,
    },
  };
}

async function confirmReplacing(screen: Screen, flags: ServerFlags, existing: string | undefined): Promise<void> {
  if (existing === undefined) return;
  if (flags.replace !== true && !screen.isInteractive) {
    throw new UsageError(`Server '${existing}' already exists: --replace overwrites it`);
  }
  const message = `Server '${existing}' already exists. Overwrite?`;
  const isConfirmed = await askToConfirm(screen, { flag: '--replace', message, given: flags.replace, otherwise: 'no' });
  if (!isConfirmed) throw new Cancelled();
}

export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function portProblem(answer: string): string | undefined {
  const port = Number(answer);
  return /^\d+$/.test(answer) && port >= 1 && port <= 65_535 ? undefined : 'Port must be between 1 and 65535';
}

function wordProblem(answer: string): string | undefined {
  if (answer === '') return 'must not be empty';
  return /^[^-\s\p{C}][^\s\p{C}]*$/u.test(answer) ? undefined : "must hold no blanks and not begin with '-'";
}
