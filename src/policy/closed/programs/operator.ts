import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { asked, fine, unlisted, type Remarks } from '../finding.ts';
import { readHeldRemarks, readRemarks, writeRemarks } from '../path-remarks.ts';
import { hasOption, type Arguments } from '../read-options.ts';
import type { Scene } from '../scene.ts';

/** Services that an operator starts and stops without being asked. */
const services =
  /^(?:nginx|apache2|httpd|haproxy|redis|redis-server|php[0-9.]*-fpm|myapp|myapp@[A-Za-z0-9_.-]+)(?:\.service)?$/;

export function isOperatedService(name: string): boolean {
  return services.test(name);
}

function operated({ operands }: Arguments): Remarks {
  const names = operands.map(textOf);
  if (names.some((name) => name === undefined))
    return asked('dynamic_argument', 'the service is known only when it runs');
  return names.every((name) => isOperatedService(name ?? ''))
    ? fine
    : unlisted('is about a service that is not listed');
}

/** The last operand is written, or one that an option names; the others are read. */
function copies({ operands, options }: Arguments, scene: Scene): Remarks {
  const [target] = options
    .filter(({ name }) => name === '-t' || name === '--target-directory')
    .map(({ value }) => value);
  const sources = target === undefined ? operands.slice(0, -1) : operands;
  const written = target ?? operands.at(-1);
  if (written === undefined || sources.length === 0) return unlisted('lacks a source or a target');
  const isTree = options.some(({ name }) => /^(?:-[arR]|--archive|--recursive)$/.test(name));
  const readSource = isTree ? readHeldRemarks : readRemarks;
  return [...sources.flatMap((source) => readSource(source, scene)), ...writeRemarks(written, scene)];
}

/** What is moved is gone from where it was. */
function moves(given: Arguments, scene: Scene): Remarks {
  return [...copies(given, scene), ...given.operands.flatMap((word) => writeRemarks(word, scene))];
}

function removes(given: Arguments): Remarks {
  return hasOption(given, '-r', '-R', '--recursive') ? asked('removes_trees', 'removes whole trees') : fine;
}

const local = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:\/[^\0{}[\]]*)?$/;
/** Of curl: no format from a file, none that sends what follows into one. */
const printed = /^(?!@)(?!.*%output\{)/is;

function localOnly({ operands, options }: Arguments): Remarks {
  const outputs = options.filter(({ name }) => name === '-o' || name === '--output').map(({ value }) => textOf(value));
  const formats = options.filter(({ name }) => name === '-w');
  const isLocal =
    operands.every((word) => local.test(textOf(word) ?? '')) &&
    outputs.every((file) => file === '/dev/null') &&
    formats.every(({ value }) => printed.test(textOf(value) ?? '@'));
  return isLocal ? fine : asked('network', 'speaks to another machine, or keeps what it hears');
}

const service = '--no-pager --no-ask-password --quiet -q --now';

/** What an operator may do besides looking. */
export const operator: Readonly<Record<string, FormText | readonly FormText[]>> = {
  systemctl: {
    verbs: 'start stop restart reload try-restart reload-or-restart',
    leading: service,
    options: service,
    operands: 'unit+',
    also: operated,
  },
  service: {
    operands: 'name start|stop|restart|reload',
    also: ({ operands }) => operated({ operands: operands.slice(0, 1), options: [] }),
  },
  apt: { verbs: 'update', options: '-q' },
  'apt-get': { verbs: 'update', options: '-q' },
  yum: { verbs: 'makecache', options: '-qy' },
  dnf: { verbs: 'makecache', options: '-qy' },
  nginx: { options: '-tTq' },
  apachectl: { verbs: 'configtest' },
  apache2ctl: { verbs: 'configtest' },
  mkdir: { options: '-pv -m=int --parents --verbose --mode=int', operands: 'write+' },
  touch: { options: '-acm -d=text -t=text -r=read --no-create --date=text', operands: 'write+' },
  cp: {
    options: '-afinprRuvTL -t=write --archive --force --no-clobber --preserve[=names] --recursive --update --verbose',
    operands: 'free+',
    also: copies,
  },
  mv: { options: '-finuvT -t=write --force --no-clobber --update --verbose', operands: 'free+', also: moves },
  tee: { options: '-ai --append', operands: 'write*' },
  rm: { options: '-dfirRvI --force --recursive --verbose --dir --one-file-system', operands: 'write+', also: removes },
  rmdir: { options: '-pv --verbose', operands: 'write+' },
  unlink: { operands: 'write' },
  curl: {
    options:
      '-sSIfkLv -m=num -w=format -o=text --max-time=num --connect-timeout=num --silent --show-error --fail --head --insecure --location --verbose',
    operands: 'text+',
    certain: true,
    also: localOnly,
  },
};
