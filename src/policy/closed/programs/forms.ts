import { beginningOf, textOf, type Argument } from '../argument.ts';
import type { Form } from '../closed-form.ts';
import { fine, unknownYet, unlisted, type Remarks } from '../finding.ts';

function allKnown(words: readonly Argument[], judge: (texts: readonly string[]) => Remarks): Remarks {
  const texts = words.map(textOf);
  return texts.every((text) => text !== undefined)
    ? judge(texts)
    : unknownYet('an argument is known only when it runs');
}

const columns =
  /^(?:(?:pid|ppid|pgid|sid|tid|tgid|spid|lwp|nlwp|user|uid|euid|euser|ruser|ruid|fuser|group|gid|egid|egroup|rgroup|suser|tty|tt|tname|stat|state|s|f|flags|c|cpu|pcpu|%cpu|psr|sgi_p|pmem|%mem|rss|rssize|rsz|vsz|vsize|sz|size|trs|drs|maj_flt|min_flt|majflt|minflt|time|cputime|cputimes|times|etime|etimes|start|start_time|stime|lstart|bsdstart|bsdtime|ni|nice|pri|priority|opri|intpri|rtprio|policy|cls|class|sched|wchan|nwchan|comm|ucmd|ucomm|fname|args|cmd|command|cgroup|cgname|unit|slice|machine|lxc|ipcns|mntns|netns|pidns|userns|utsns|oom|oomadj|oom_score|numa|pss|uss|pending|sig|blocked|ignored|caught|label|context|session|thcount|addr|esp|eip|stackp|supgid|supgrp|uname|lsession|luid|seat|docker)(?:=[A-Za-z0-9 _%-]{0,30}|:\d{1,3})?)$/i;

/** Options of ps(1) with values: columns, sort keys, or names and numbers to select by. */
const psValues: Readonly<Record<string, 'columns' | 'sort' | 'names'>> = {
  '-o': 'columns',
  o: 'columns',
  '-O': 'columns',
  '--format': 'columns',
  '--sort': 'sort',
  '-k': 'sort',
  k: 'sort',
  '-p': 'names',
  p: 'names',
  '--pid': 'names',
  '-u': 'names',
  '-U': 'names',
  U: 'names',
  '--user': 'names',
  '--User': 'names',
  '-g': 'names',
  '-G': 'names',
  '--group': 'names',
  '--Group': 'names',
  '-t': 'names',
  t: 'names',
  '--tty': 'names',
  '-C': 'names',
  '-s': 'names',
  '--sid': 'names',
  '--ppid': 'names',
  '-q': 'names',
  '--quick-pid': 'names',
  '--cols': 'names',
  '--columns': 'names',
  '--width': 'names',
  '--rows': 'names',
  '--lines': 'names',
};
const psPlain = new Set([
  '--forest',
  '--headers',
  '--no-headers',
  '--no-heading',
  '--deselect',
  '--cumulative',
  '--context',
]);

function isPsValue(kind: 'columns' | 'sort' | 'names', value: string): boolean {
  const parts = value.split(/[,\s]+/).filter(Boolean);
  if (kind === 'names')
    return (
      parts.length > 0 && parts.every((part) => /^[A-Za-z0-9_.?][A-Za-z0-9_.:/@-]*$/.test(part) && !/env/i.test(part))
    );
  // A header may hold anything, up to the end of the word.
  const cut = kind === 'columns' ? value.replace(/=[A-Za-z0-9 _%-]*$/, '') : value;
  return cut.split(/[,\s]+/).every((part) => columns.test(kind === 'sort' ? part.replace(/^[-+]/, '') : part));
}

/** The listing of processes, without their environments: letters without `e`, values of listed options. */
export const ps: Form = (words) => {
  const rest = [...words];
  const remarks: Remarks[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const text = word.kind === 'known' ? word.text : beginningOf(word);
    const equals = /^(--[A-Za-z-]+)=([^]*)$/.exec(text);
    const [, dashed, attached] = /^(-[oOkpuUgGtCsq])(.+)$/s.exec(text) ?? [];
    const name = equals?.[1] ?? dashed ?? text;
    const kind = psValues[name];
    const [, letters] = /^-?([A-Za-z0-9]*?)$/.exec(text) ?? [];
    if (psPlain.has(text)) continue;
    if (kind !== undefined && !(dashed !== undefined && isCluster(text))) {
      const value = equals !== null || dashed !== undefined ? undefined : rest.shift();
      const known = equals?.[2] ?? attached ?? textOf(value);
      const isDynamic = known === undefined || word.kind !== 'known';
      if (isDynamic && kind === 'names' && (value ?? word).kind === 'guarded') continue;
      remarks.push(
        isDynamic
          ? unknownYet('a value is known only when it runs')
          : isPsValue(kind, known)
            ? fine
            : unlisted('has a value that is not listed'),
      );
      continue;
    }
    const clusterOption = /^(-[A-Za-z]*|[A-Za-z]*)([oOkpuUgGtCsq])$/.exec(text);
    if (text.startsWith('-') && clusterOption && /^-[AaCdeFfHjlLmMNTwyZ]*$/.test(clusterOption[1] ?? '')) {
      const optionKind = psValues[`-${clusterOption[2] ?? ''}`];
      const value = textOf(rest.shift());
      remarks.push(
        optionKind && value !== undefined && isPsValue(optionKind, value)
          ? fine
          : unlisted('has a value that is not listed'),
      );
      continue;
    }
    if (word.kind !== 'known') return unknownYet('an argument is known only when it runs');
    if (/^-[AaCdeFfHjlLmMNTwyZcV]+$/.test(text)) continue;
    if (/^[aAcfghHjlLmnNrsSTuvwxXZ]+$/.test(text) || /^\d+(?:,\d+)*$/.test(text)) continue;
    const bsd = /^([aAcfghHjlLmnNrsSTuvwxXZ]*)([opkUt])$/.exec(text);
    const bsdKind = bsd ? psValues[bsd[2] ?? ''] : undefined;
    if (bsdKind !== undefined) {
      const value = textOf(rest.shift());
      remarks.push(
        value !== undefined && isPsValue(bsdKind, value) ? fine : unlisted('has a value that is not listed'),
      );
      continue;
    }
    return unlisted(
      letters === undefined ? 'has a word that is not listed' : `\`${text}\` is not among its listed words`,
    );
  }
  return remarks.flat();
};

function isCluster(text: string): boolean {
  return /^-[AaCdeFfHjlLmMNTwyZ]{2,}$/.test(text) && !text.startsWith('-C');
}

const ipOptions = new Set([
  '-s',
  '-ss',
  '-stats',
  '-statistics',
  '-4',
  '-6',
  '-d',
  '-details',
  '-o',
  '-oneline',
  '-br',
  '-brief',
  '-c',
  '-color',
  '-color=never',
  '-color=auto',
  '-j',
  '-json',
  '-p',
  '-pretty',
  '-N',
  '-h',
  '-human',
  '-t',
]);
const ipObjects = ['address', 'link', 'route', 'neighbour', 'neighbor', 'rule', 'maddress'];
const ipWords = /^[A-Za-z0-9_][A-Za-z0-9_.:/@-]*$/;

/** ip(8): objects may be abbreviated, and so may the verbs; `ip link s` means set. */
export const ip: Form = (words) =>
  allKnown(words, (texts) => {
    const start = texts.findIndex((text) => !ipOptions.has(text));
    if (start === -1) return unlisted('names no object');
    const [object = '', verb, ...more] = texts.slice(start);
    const isObject =
      object.length > 0 &&
      ipObjects.some((name) => name.startsWith(object)) &&
      object !== 'n' &&
      object !== 'ru' &&
      object !== 'm';
    const isVerb =
      verb === undefined ||
      (verb.length >= 2 && ['show', 'list', 'lst'].some((name) => name.startsWith(verb))) ||
      (verb === 'get' && /^ro?/.test(object));
    if (!isObject && !['n', 'ru', 'm', 'a', 'l', 'r'].includes(object))
      return unlisted('names an object that is not listed');
    return isVerb && more.every((text) => ipWords.test(text)) ? fine : unlisted('has a verb that is not listed');
  });

/** date(1): prints, and never sets. */
export const date: Form = (words) => {
  const rest = [...words];
  let format = 0;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const text = beginningOf(word);
    if (text.startsWith('+')) {
      format += 1;
      if (word.kind === 'opaque' || /\d{5}/.test(text)) return unlisted('has a format that is not listed');
      continue;
    }
    if (
      /^(?:-u|--utc|--universal|-R|--rfc-email|-I(?:date|hours|minutes|seconds|ns)?|--iso-8601(?:=\w+)?|--rfc-3339=\w+)$/.test(
        text,
      ) &&
      word.kind === 'known'
    )
      continue;
    if (text.startsWith('--date=')) {
      if (word.kind === 'opaque') return unknownYet('a date is known only when it runs');
      continue;
    }
    if ((text === '-d' || text === '-ud' || text === '--date' || text === '-r') && word.kind === 'known') {
      const value = rest.shift();
      if (value === undefined) return unlisted('lacks a date');
      if (value.kind === 'opaque') return unknownYet('a date is known only when it runs');
      if (text === '-r' && value.kind !== 'known') return unknownYet('a file is known only when it runs');
      continue;
    }
    if (/^-d./s.test(text)) continue;
    if (word.kind === 'guarded' || word.kind === 'opaque') return unknownYet('an argument is known only when it runs');
    return unlisted(`\`${text}\` sets the clock, or is not listed`);
  }
  return format <= 1 ? fine : unlisted('has two formats');
};

/** tar(1): lists what is in an archive. */
export const tar: Form = (words) =>
  allKnown(words, (texts) => {
    const isRunning = texts.some(
      (text) =>
        /^(?:--(?:to-c|ch|use-c|rs|rm|inf|new-|i$)|-I|-F)/.test(text) || /^--(?:to|use|checkpoint|rmt|rsh)/.test(text),
    );
    if (isRunning) return [{ severity: 'deny', code: 'tar_runs_program', text: 'runs a program of its own' }];
    const [mode = '', archive = '', ...members] = texts;
    const isListing =
      /^-?[jzJvt]*t[jzJv]*f$/.test(mode) && !archive.includes(':') && archive !== '' && !archive.startsWith('-');
    const arePlain = members.every((text) => !text.startsWith('-') || text === '--wildcards');
    return isListing && arePlain ? fine : unlisted('does more than list an archive');
  });
