import { posix } from 'node:path';

/** Whether a value of `docker run --volume` gives the host's root directory to a container, to write. */
export function bindsRoot(volume: string): boolean {
  const [source = '', target, mode = ''] = unquoted(volume).split(':');
  return isRoot(source) && target !== undefined && !mode.split(',').includes('ro');
}

/** The same of a value of `--mount`: fields of CSV, whose names may be in any case. */
export function mountsRoot(mount: string): boolean {
  const fields = unquoted(mount).toLowerCase().split(',');
  const isReadOnly = fields.some((field) => /^(?:readonly|ro)(?:=(?:true|1))?$/.test(field));
  return !isReadOnly && fields.some((field) => isRoot(field.replace(/^(?:source|src)=/, '')));
}

function isRoot(path: string): boolean {
  return posix.normalize(path) === '/';
}

/** The source of a word that is not known as a whole has its quotes. */
function unquoted(text: string): string {
  return text.replace(/["']/g, '');
}
