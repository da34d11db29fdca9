import type { FormText } from '../closed-form.ts';

/** Programs that tell of files without what is in them. */
export const files: Readonly<Record<string, FormText | readonly FormText[]>> = {
  ls: {
    options:
      '-aAbBcCdfFgGhHiIklLmnNopqQrRsStuUvxXZ1 -I=text -T=int -w=int --all --almost-all --author --escape --block-size=size ' +
      '--ignore-backups --color[=name] --directory --classify[=name] --file-type --format=name --full-time --group-directories-first ' +
      '--no-group --human-readable --si --dereference --dereference-command-line --hide=text --hyperlink[=name] ' +
      '--indicator-style=name --inode --ignore=text --kibibytes --numeric-uid-gid --literal --quote-name --quoting-style=name ' +
      '--reverse --recursive --size --sort=name --time=name --time-style=text --tabsize=int --width=int --context --zero',
    operands: 'look*',
  },
  stat: {
    options: '-Lft -c=format --dereference --file-system --format=format --printf=format --terse --cached=name',
    operands: 'look+',
  },
  realpath: {
    options:
      '-emLPqsz --canonicalize-existing --canonicalize-missing --logical --physical --quiet --strip --no-symlinks --zero ' +
      '--relative-to=look --relative-base=look',
    operands: 'look+',
  },
  readlink: {
    options:
      '-femnqsvz --canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --verbose --zero',
    operands: 'look+',
  },
  namei: { options: '-lmnovxZ --long --modes --nosymlinks --owners --vertical --mountpoints', operands: 'look+' },
  df: {
    options:
      '-ahHiklmPTv -B=size -t=name -x=name --all --block-size=size --human-readable --si --inodes --local --no-sync ' +
      '--output[=names] --portability --total --type=name --print-type --exclude-type=name',
    operands: 'look*',
  },
  du: {
    options:
      '-0abcDhHklLmPsSx -d=int -B=size -t=size --all --apparent-size --block-size=size --bytes --total --dereference-args ' +
      '--max-depth=int --human-readable --inodes --dereference --no-dereference --separate-dirs --si --summarize ' +
      '--threshold=size --time[=name] --time-style=text --exclude=text --one-file-system --null --count-links',
    operands: 'look*',
  },
  tree: {
    options:
      '-adfilxpsughDFNqrtUvcnCAS -L=int -P=text -I=text --du --si --prune --dirsfirst --filesfirst --noreport --inodes --device ' +
      '--filelimit=int --sort=name --timefmt=text --matchdirs --ignore-case --charset=name -J -X',
    operands: 'look*',
  },
  whereis: { options: '-bmsul', operands: 'name+' },
  which: { options: '-as --all', operands: 'name+' },
  findmnt: {
    options:
      '-aAbcCDefJklmnPrRsuUvyi -d=name -M=look -o=names -O=names -S=text -t=names -T=look -w=int --all --bytes --df ' +
      '--direction=name --fstab --kernel --mtab --json --list --noheadings --options=names --output=names --output-all --pairs ' +
      '--raw --real --pseudo --submounts --source=text --target=look --mountpoint=look --types=names --uniq --verify --verbose ' +
      '--notruncate --nofsroot --invert --evaluate --first-only --ascii --tree',
    operands: 'look* ',
  },
  mount: [{ options: '-l' }, { options: '-t=names -l', needs: '-t' }],
  'systemd-delta': { options: '--no-pager --type=names --diff=name', operands: 'look*' },
  xfs_info: { operands: 'look' },
  lsof: {
    options:
      '-nPlaRUtbwOVX -c=text -d=text -g[=names] -i[=text] -p=names -s[=names] -u=text -F[=name] -T[=name] -f -E -L -K[=name] -S[=int] ' +
      '+c=int +d=look +D=look +L[=int]',
    operands: 'look*',
  },
  lastlog: { options: '-b=int -t=int -u=text --before=int --time=int --user=text' },
};
