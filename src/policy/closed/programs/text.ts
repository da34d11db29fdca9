import { known, textOf, type Argument } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import { readHeldRemarks, readRemarks, readTreeRemarks } from '../path-remarks.ts';
import { hasOption, type Arguments } from '../read-options.ts';
import type { Scene } from '../scene.ts';

const ends = {
  options: '-qvz0123456789 -n=size -c=size --lines=size --bytes=size --quiet --silent --verbose --zero-terminated',
  operands: 'read*',
} as const satisfies FormText;

const sums = {
  options: '-btz --binary --text --zero --tag',
  operands: 'read*',
} as const satisfies FormText;

const grepOptions =
  '-EFGPIivwxcloqshHnaUzybTL0123456789 -e=text -f=read -m=int -A=int -B=int -C=int -d=read|skip -D=skip ' +
  '--extended-regexp --fixed-strings --basic-regexp --perl-regexp --regexp=text --file=read --ignore-case --no-ignore-case ' +
  '--invert-match --word-regexp --line-regexp --count --color[=name] --colour[=name] --files-with-matches ' +
  '--files-without-match --only-matching --quiet --silent --no-messages --byte-offset --with-filename --no-filename ' +
  '--line-number --initial-tab --null --after-context=int --before-context=int --context=int --max-count=int --text ' +
  '--null-data --line-buffered --label=text --binary-files=text|without-match --devices=skip --directories=skip';

/** The first operand is a pattern, unless an option gave one; the others are files or trees, or what is read without any. */
function afterPattern(
  remarks: typeof readRemarks,
  withoutAny: Arguments['operands'] = [],
): NonNullable<FormText['also']> {
  return (given, scene) => {
    const isGiven = hasOption(given, '-e', '-f', '--regexp', '--file');
    const files = isGiven ? given.operands : given.operands.slice(1);
    if (!isGiven && given.operands.length === 0) return unlisted('lacks a pattern');
    if (!isGiven && given.operands[0]?.kind === 'glob') return unlisted('a pattern may be many operands; quote it');
    return (files.length === 0 ? withoutAny : files).flatMap((file) => remarks(file, scene));
  };
}

/** A pattern for names may bring back what is left out by its name. */
function globRemarks({ options }: Arguments): Remarks {
  const globs = options.filter(({ name }) => /^(?:-g|--i?glob)$/.test(name)).map(({ value }) => textOf(value) ?? '');
  const isPlain = globs.every(
    (glob) =>
      glob.startsWith('!') ||
      (/^(?:\*\*\/)?\*\.[\w{},]+$/.test(glob) && !/pem|key|p12|pfx|env|gpg|jks|kdbx/i.test(glob)),
  );
  return isPlain ? fine : unlisted('has a pattern for names that is not listed');
}

const here = [known('.')];

/** It passes over names that begin with a dot. */
const searched = afterPattern(readHeldRemarks, here);

const plainGrep: FormText = {
  options: `${grepOptions} --include=text --exclude=text`,
  operands: 'free*',
  also: afterPattern(readRemarks),
};
const treeGrep: FormText = {
  options: `${grepOptions} -rR --recursive --dereference-recursive --include=text --exclude=text --exclude-dir=text`,
  operands: 'free*',
  also: afterPattern(readTreeRemarks, here),
};
const grep = [plainGrep, treeGrep];

/** Programs that read text and print it, in another form. */
export const text: Readonly<Record<string, FormText | readonly FormText[]>> = {
  cat: {
    options:
      '-AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting',
    operands: 'read*',
  },
  tac: { options: '-br -s=text --before --regex --separator=text', operands: 'read*' },
  nl: {
    options:
      '-p -b=text -d=sep -f=text -h=text -i=int -l=int -n=ln|rn|rz -s=text -v=int -w=int<=200 --body-numbering=text --number-width=int<=200',
    operands: 'read*',
  },
  rev: { operands: 'read*' },
  head: ends,
  tail: ends,
  wc: { options: '-clmLw --bytes --chars --lines --max-line-length --words --total=name', operands: 'count*' },
  cut: {
    options:
      '-nsz -b=text -c=text -d=sep -f=text --bytes=text --characters=text --delimiter=sep --fields=text --complement --only-delimited --output-delimiter=text --zero-terminated',
    operands: 'read*',
  },
  paste: { options: '-sz -d=text --delimiters=text --serial --zero-terminated', operands: 'read*' },
  fold: { options: '-bs -w=int --bytes --spaces --width=int', operands: 'read*' },
  fmt: { options: '-cstu -w=int --width=int', operands: 'read*' },
  column: {
    options:
      '-tnexJL -s=sep -c=int -o=text -N=names -R=names -T=names -H=names -W=names -O=names -n=name --table --separator=sep --output-separator=text --table-columns=text --json --output-width=int --fillrows --table-right=names --table-noheadings',
    operands: 'read*',
  },
  comm: {
    options: '-123z --check-order --nocheck-order --output-delimiter=text --total --zero-terminated',
    operands: 'read read',
  },
  join: {
    options:
      '-iz -a=int -e=text -j=int -o=text -t=sep -v=int -1=int -2=int --header --nocheck-order --check-order --ignore-case',
    operands: 'read read',
  },
  expand: { options: '-i -t=text --tabs=text --initial', operands: 'read*' },
  unexpand: { options: '-a -t=text --tabs=text --all --first-only', operands: 'read*' },
  tr: { options: '-cCdst --complement --delete --squeeze-repeats --truncate-set1', operands: 'text text?' },
  md5sum: sums,
  sha1sum: sums,
  sha224sum: sums,
  sha256sum: sums,
  sha384sum: sums,
  sha512sum: sums,
  b2sum: { ...sums, options: `${sums.options} -l=int --length=int` },
  cksum: { options: '-a=name --algorithm=name --untagged --base64 -l=int', operands: 'read*' },
  sum: { options: '-rs --sysv', operands: 'read*' },
  od: {
    options:
      '-abcdfilosxv -A=sep -j=text -N=text -t=text -w[=int] -S=int --address-radix=sep --skip-bytes=text --read-bytes=text --format=text --output-duplicates --width[=int]',
    operands: 'read*',
  },
  hexdump: { options: '-bcCdovx -n=int -s=text -e=format', operands: 'read*' },
  xxd: {
    options: '-a -b -e -E -i -u -C -p -c=int -g=int -l=text -s=text -o=int -ps -bits -cols=int -len=text -seek=text',
    style: 'words',
    operands: 'read?',
  },
  strings: {
    options: '-afo0123456789 -n=int -t=d|o|x -e=sep --all --print-file-name --bytes=int --radix=d|o|x --encoding=sep',
    operands: 'read*',
  },
  base64: { options: '-di -w=int --decode --ignore-garbage --wrap=int', operands: 'read?' },
  base32: { options: '-di -w=int --decode --ignore-garbage --wrap=int', operands: 'read?' },
  cmp: {
    options: '-bls -i=text -n=text --print-bytes --verbose --quiet --silent --ignore-initial=text --bytes=text',
    operands: 'read read',
  },
  diff: {
    options:
      '-abBcdeEinNqstTuwyZp0123456789 -C=int -U=int -I=text -F=text -W=int --brief --report-identical-files --context[=int] ' +
      '--unified[=int] --ed --normal --side-by-side --width=int --left-column --suppress-common-lines --show-c-function ' +
      '--expand-tabs --ignore-case --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-matching-lines=text ' +
      '--text --strip-trailing-cr --minimal --speed-large-files --color[=name] --label=text --ignore-trailing-space',
    operands: 'read read',
    also: betweenFiles,
  },
  zcat: { options: '-fqv --force --quiet', operands: 'read*' },
  zgrep: {
    options: grepOptions.replace(/ -f=read| --file=read/g, ''),
    operands: 'free*',
    also: afterPattern(readRemarks),
  },
  zdiff: { options: '-bBciquwyN0123456789 -U=int', operands: 'read read', also: betweenFiles },
  grep,
  egrep: grep,
  fgrep: grep,
  rg: {
    options:
      '-nNiSswxvclLoHIFPeUaqpM0123456789 -e=text -A=int -B=int -C=int -m=int -g=text -t=name -T=name -d=int -r=text -j=int<=8 -M=int ' +
      '--line-number --no-line-number --ignore-case --smart-case --case-sensitive --word-regexp --line-regexp --invert-match ' +
      '--count --count-matches --files-with-matches --files-without-match --only-matching --with-filename --no-filename ' +
      '--fixed-strings --pcre2 --regexp=text --after-context=int --before-context=int --context=int --max-count=int ' +
      '--glob=text --iglob=text --type=name --type-not=name --max-depth=int --color=name --no-heading --heading --multiline ' +
      '--quiet --stats --sort=name --sortr=name --trim --json --vimgrep --column --max-columns=int --replace=text --passthru',
    operands: 'free*',
    also: (given, scene) => [...globRemarks(given), ...searched(given, scene)],
  },
  sort: {
    options:
      '-bdfghiMnRrVcCmsuz -k=text -t=sep -S=size --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort ' +
      '--human-numeric-sort --month-sort --numeric-sort --random-sort --reverse --version-sort --sort=name --check[=name] ' +
      '--merge --stable --unique --zero-terminated --key=text --field-separator=sep --buffer-size=size --parallel=int<=8 --debug',
    operands: 'read*',
  },
  file: {
    options:
      '-bchiIkLNprsvzZ0 -F=text -e=name -P=text --brief --mime --mime-type --mime-encoding --dereference --no-dereference --keep-going --separator=text --special-files',
    operands: 'read+',
  },
  uniq: {
    options:
      '-cdDiuz -f=int -s=int -w=int --count --repeated --all-repeated[=name] --ignore-case --unique --skip-fields=int --skip-chars=int --check-chars=int --group[=name]',
    operands: 'read?',
  },
  numfmt: {
    options:
      '-dz --from=name --to=name --field=text --format=format --grouping --header[=int] --padding=int<=200 --round=name --suffix=text --delimiter=sep --invalid=name',
    operands: 'text*',
  },
  readelf: {
    options:
      '-ahlSsdnVAWrueget --all --file-header --program-headers --segments --section-headers --sections --symbols --dyn-syms --notes --dynamic --version-info --wide --relocs --unwind --headers --section-groups --section-details',
    operands: 'read+',
    also: noResponseFiles,
  },
  diffstat: { options: '-bcCklmqrStuvVw -f=int -p=int -n=int -w=int<=500', operands: 'read*' },
  printf: { operands: 'format text*', also: formatIsKnown },
  expr: { operands: 'text+' },
  factor: { operands: 'int+' },
  seq: {
    options: '-w -f=format -s=text --equal-width --format=format --separator=text',
    operands: 'num num? num?',
    also: shortSequence,
  },
  tput: [
    { options: '-T=name', operands: 'cols|lines|colors|sgr0|bold|smul|rmul|rev|dim' },
    { operands: 'setaf|setab int' },
  ],
  basename: { options: '-az -s=text --multiple --suffix=text --zero', operands: 'look+' },
  dirname: { options: '-z --zero', operands: 'look+' },
};

/**
 * What is compared with a directory is the file of the same name in it; of two directories, every file would be read, so one
 * operand must be a file by its name.
 */
function betweenFiles({ operands }: Arguments, scene: Scene): Remarks {
  const [first, second] = operands.map(textOf);
  if (first === undefined || second === undefined) return unlisted('compares files that are not known');
  const isFile = (path: string): boolean =>
    /(?:[^/]\.[\w~-]+|_config|\/(?:hosts|hostname|passwd|group|fstab|crontab|profile|issue|motd|services|shells|environment)|\/fd\/\d+|^-)$/.test(
      path,
    );
  if (!isFile(first) && !isFile(second)) return unlisted('compares what may be directories');
  const inside = (directory: string, file: string): Argument => known(`${directory}/${file.split('/').at(-1) ?? ''}`);
  return [inside(first, second), inside(second, first)].flatMap((path) => readRemarks(path, scene));
}

function noResponseFiles({ operands }: Arguments): Remarks {
  return operands.some((word) => textOf(word)?.startsWith('@') ?? true) ? unlisted('reads a list of arguments') : fine;
}

/** A conversion in the format decides what is done with the rest. */
function formatIsKnown({ operands }: Arguments): Remarks {
  const format = textOf(operands[0]);
  if (format === undefined) return [{ severity: 'ask', code: 'dynamic_argument', text: 'the format is not known' }];
  return /%[-+ #0']*\*|%[^%\s]*\.\*/.test(format) ? unlisted('a width that is not written out') : fine;
}

function shortSequence({ operands }: Arguments): Remarks {
  const [first = 1, second, third] = operands.map((word) => Number(textOf(word) ?? NaN));
  const [from, step, to] =
    third === undefined ? [second === undefined ? 1 : first, 1, second ?? first] : [first, second ?? 1, third];
  const isShort = Math.abs(to - from) / Math.abs(step) <= 1_000_000 && [from, step, to].every(Number.isInteger);
  return isShort ? fine : unlisted('counts beyond a million, or not by whole numbers');
}
