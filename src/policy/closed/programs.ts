import type { Argument } from './argument.ts';
import { closedForm, type Form, type FormText } from './closed-form.ts';
import { asked, denied, mildest, type Remarks } from './finding.ts';
import { containers } from './programs/containers.ts';
import { files } from './programs/files.ts';
import { findForm } from './programs/find.ts';
import { date, ip, ps, tar } from './programs/forms.ts';
import { git } from './programs/git.ts';
import { network } from './programs/network.ts';
import { openssl } from './programs/openssl.ts';
import { operator } from './programs/operator.ts';
import { packages } from './programs/packages.ts';
import { processing } from './programs/processing.ts';
import { services } from './programs/services.ts';
import { shellWords } from './programs/shell-words.ts';
import { storage } from './programs/storage.ts';
import { system } from './programs/system.ts';
import { text } from './programs/text.ts';
import { sudo, wrappers } from './programs/wrappers.ts';
import type { Scene } from './scene.ts';

/** The profiles whose rules are closed. */
export type ClosedProfile = 'observe' | 'operator';

type Forms = FormText | readonly FormText[];

const listed: ReadonlyMap<string, Forms> = new Map(
  [
    system,
    files,
    text,
    processing,
    network,
    services,
    packages,
    storage,
    containers,
    shellWords,
    wrappers,
    { git, openssl },
  ].flatMap((table: Readonly<Record<string, Forms>>) => Object.entries(table)),
);
const aliases: Readonly<Record<string, string>> = { ip6tables: 'iptables', 'docker-compose': '' };

const deletes = denied('removes_files', 'deletes files, or writes what it finds into one');
const asksToDelete = asked('removes_files', 'deletes files, or writes what it finds into one');

const handWritten: Readonly<Record<ClosedProfile, Readonly<Record<string, Form>>>> = {
  observe: { ps, ip, date, tar, find: findForm(deletes) },
  operator: { ps, ip, date, tar, find: findForm(asksToDelete) },
};

/** What is printed, or only looked at: whatever an argument turns out to be, it does no harm. */
const free = new Set(
  'echo printf true false : basename dirname realpath readlink stat ls test [ df pwd type expr command groups'.split(
    ' ',
  ),
);

/** Whether the arguments of the program need no guard. */
export function takesAnything(name: string): boolean {
  return free.has(name);
}

const compiled = new Map<string, readonly Form[]>();

/** What there is to say of the program with these words; undefined where it is not listed. */
export function judgeProgram(
  { name, profile }: { readonly name: string; readonly profile: ClosedProfile },
  words: readonly Argument[],
  scene: Scene,
): Remarks | undefined {
  const forms = formsOf(name, profile);
  return forms === undefined ? undefined : mildest(forms.map((form) => form(words, scene)));
}

function formsOf(name: string, profile: ClosedProfile): readonly Form[] | undefined {
  const own = handWritten[profile][name];
  if (own !== undefined) return [own];
  const key = `${profile} ${name}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const texts = [
    listed.get(aliases[name] ?? name),
    ...(profile === 'operator' ? [operator[name], name === 'sudo' ? sudo : undefined] : []),
  ];
  const forms = texts.flatMap((text) => text ?? []).map((text) => closedForm(withFreedom(name, text)));
  if (forms.length === 0) return undefined;
  compiled.set(key, forms);
  return forms;
}

function withFreedom(name: string, text: FormText): FormText {
  if (!free.has(name)) return text;
  return {
    ...text,
    operands: (text.operands ?? '').replace(/look/g, 'free').replace(/(?<=^| )text(?=[*+?])/g, 'free'),
  };
}
