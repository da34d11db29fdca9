import { Secret } from '../base/secret.ts';
import { Cancelled, UsageError } from './exit-code.ts';
import type { Screen } from './screen.ts';

/** A question that a flag can answer; without a terminal the flag must, unless there is an answer by default. */
export interface Question {
  /** As it is typed: `--user`. */
  readonly flag: string;
  readonly message: string;
  /** What the flag said. */
  readonly given: string | undefined;
  /** Shown at a terminal as the answer to accept. */
  readonly initial?: string;
  /** Taken where nobody can be asked. */
  readonly otherwise?: string;
  readonly problem?: (answer: string) => string | undefined;
}

export async function askText(screen: Screen, question: Question): Promise<string> {
  const { flag, message, given, initial, otherwise, problem } = question;
  if (given !== undefined) return checked(flag, given, problem);
  if (!screen.isInteractive) {
    if (otherwise === undefined) throw missing(flag);
    return otherwise;
  }
  const { text, isCancel } = await prompts();
  const answer = await text({
    message,
    ...(initial !== undefined && { initialValue: initial }),
    validate: (value) => problem?.(value?.trim() ?? ''),
  });
  if (isCancel(answer)) throw new Cancelled();
  return (answer ?? '').trim();
}

/** Ctrl-D gives up as Ctrl-C does: with nothing more to read, nobody would answer. */
async function prompts() {
  const clack = await import('@clack/prompts');
  clack.updateSettings({ aliases: { '\u0004': 'cancel' } });
  return clack;
}

function checked(flag: string, given: string, problem: Question['problem']): string {
  const answer = given.trim();
  const found = problem?.(answer);
  if (found !== undefined) throw new UsageError(`${flag}: ${found}`);
  return answer;
}

function missing(flag: string): UsageError {
  return new UsageError(`${flag} is missing, and there is no terminal to ask at`);
}

export interface Confirmation {
  /** The flag that says yes. */
  readonly flag: string;
  readonly message: string;
  readonly given: boolean | undefined;
  /** What happens where nobody can be asked: a usage error, or the same as no. */
  readonly otherwise: 'refuse' | 'no';
}

export async function askToConfirm(screen: Screen, question: Confirmation): Promise<boolean> {
  if (question.given === true) return true;
  if (!screen.isInteractive) {
    if (question.otherwise === 'refuse') throw missing(question.flag);
    return false;
  }
  const { confirm, isCancel } = await prompts();
  const answer = await confirm({ message: question.message, initialValue: false });
  if (isCancel(answer)) throw new Cancelled();
  return answer;
}

/** At least one of `choices`. */
export async function askChoices(
  screen: Screen,
  question: { readonly flag: string; readonly message: string; readonly choices: readonly string[] },
): Promise<readonly string[]> {
  if (!screen.isInteractive) throw missing(question.flag);
  const { multiselect, isCancel } = await prompts();
  const options = question.choices.map((value) => ({ value, label: value }));
  const answer = await multiselect({ message: question.message, options, required: false });
  if (isCancel(answer)) throw new Cancelled();
  return answer;
}

/** A secret typed without an echo. It has no flag of its own: values on a command line are seen by every process. */
export async function askSecret(
  screen: Screen,
  question: { readonly flags: string; readonly message: string },
): Promise<Secret> {
  if (!screen.isInteractive) throw missing(question.flags);
  const { password, isCancel } = await prompts();
  const answer = await password({ message: question.message });
  if (isCancel(answer)) throw new Cancelled();
  return new Secret(answer ?? '');
}

/** The first line of standard input, without its end. */
export async function readSecretFromStdin(): Promise<Secret> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    if (Buffer.concat(chunks).includes(0x0a)) break;
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  if (line === '') throw new UsageError('--password-stdin: standard input holds no password');
  return new Secret(line);
}
