import { describe, expect, it } from 'vitest';
import { isListedAwk } from '../../../src/policy/closed/languages/awk.ts';
import { isListedJsonPath, isListedTemplate } from '../../../src/policy/closed/languages/go-template.ts';
import { isListedJq } from '../../../src/policy/closed/languages/jq.ts';
import { isListedSed } from '../../../src/policy/closed/languages/sed.ts';

const rows = (listed: readonly string[], others: readonly string[]): readonly [string, boolean][] => [
  ...listed.map((text): [string, boolean] => [text, true]),
  ...others.map((text): [string, boolean] => [text, false]),
];

describe('an awk program only computes and prints', () => {
  it.each(
    rows(
      [
        '{print $1}',
        'NR>1 {print}',
        '$3 >= 1000 && $3 < 65534 {print $1}',
        '/a|b/ {c[$1]++} END {for (k in c) if (c[k] > 3) print k, c[k]}',
        'END {printf "%.1f%%\\n", 100*a/t; if (st>0) print 100*(st-sf)/st; else print "none"}',
        '{for (i=1;i<=NF;i++) print $(i+1)}',
        '!/^[[:space:]]*(#|$)/ {print}',
        'BEGIN {print length("a")}',
      ],
      [
        'BEGIN{system("id")}',
        '{print > "/tmp/x"}',
        '{print $1 >> f}',
        '{print | "sh"}',
        '{"id" | getline x}',
        'BEGIN{while(2);}',
        'BEGIN{for(;;);}',
        'BEGIN{for(i=0;i<1e9;i++);}',
        'BEGIN{if(1)/"/;x(" | ")}',
        'BEGIN{print "a",\n"b" > "x"}',
        'BEGIN{print length /"/ > "x" ; y = "}',
        '@load "x"',
        '{print ENVIRON["A"]}',
        'function f(){}',
        '{print > \\\n"x"}',
        'BEGIN{printf "%99999d", 1}',
        '{print "unterminated}',
        '}{',
      ],
    ),
  )('%s: %s', (program, isListed) => expect(isListedAwk(program)).toBe(isListed));
});

describe('a sed script only prints and changes lines', () => {
  it.each(
    rows(
      [
        'p',
        '1,5p',
        '$d',
        '/a\\/b/,+3p',
        '10~2d',
        's/a/b/g',
        's#.*/##; s/.*\\.//',
        '/^#/d;/^$/d',
        'y/abc/xyz/',
        '$!N;P;D',
        '/x/{s/a/b/;p}',
        '/x/I!d',
        '# c\np',
        's/[^]]*]//',
        'q',
      ],
      [
        'w x',
        's/a/b/w x',
        's/a/b/e',
        '1e id',
        'r x',
        'a\\text',
        ':a;ba',
        's/a/b/m',
        'D',
        's/[/]/b/',
        'p p',
        '{p',
        'p}',
        's/a',
        's\na\nb\n',
        '/a/,p',
        'W x',
        'F',
        's/a/b\\\nw x/',
      ],
    ),
  )('%j: %s', (script, isListed) => expect(isListedSed(script)).toBe(isListed));
});

describe('a jq program only takes apart what it is given', () => {
  it.each(
    rows(
      [
        '.',
        '.a.b[]',
        '.items[] | select(.x > 3) | {name, e: .y.env}',
        'length',
        'to_entries | map(.key)',
        '.environment',
      ],
      [
        'env',
        '$ENV',
        '$ ENV',
        'env.PATH',
        '.a|env',
        '"\\(env)"',
        'input_filename',
        'import "a" as a; .',
        'def f: f; f',
        '[range(9)]',
        'repeat(1)',
        'recurse',
        'limit(1;.)',
        '. * 999999',
      ],
    ),
  )('%s: %s', (program, isListed) => expect(isListedJq(program)).toBe(isListed));
});

describe('a template prints listed fields', () => {
  it.each(
    rows(
      [
        '{{.Names}}',
        'table {{.Name}}\\t{{.Status}}',
        '{{.State.Status}} {{.RestartCount}}',
        '{{json .State}}',
        '{{range .Mounts}}{{.Source}} -> {{.Destination}}{{"\\n"}}{{end}}',
        '{{range .Mounts}}{{.}}{{end}}',
        '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}',
      ],
      [
        '{{.}}',
        '{{json .}}',
        '{{.Config}}',
        '{{.Config.Env}}',
        '{{json .Config}}',
        '{{.Config | json}}',
        '{{$x := .Config}}{{$x}}',
        '{{with .Config}}{{.Env}}{{end}}',
        '{{range .Config.Env}}{{.}}{{end}}',
        '{{if .State}}{{.}}{{end}}',
        '{{range .Mounts}}{{else}}{{.}}{{end}}',
        '{{range .Mounts}}{{end}}{{.}}',
        '{{end}}',
        '{{range .Mounts}}',
        '{{printf "%v" .}}',
        '{{.Name',
        'json',
        '',
        '{{.Labels}}',
      ],
    ),
  )('%s: %s', (template, isListed) => expect(isListedTemplate(template)).toBe(isListed));

  it.each(
    rows(
      [
        '{.items[*].metadata.name}',
        '{.status.phase}',
        '{.items[0].status.podIP}{"\\n"}',
        '{range .items[*]}{.metadata.name}{"\\n"}{end}',
      ],
      [
        '{.items[*].spec.containers[*].env}',
        '{.data}',
        '{.items[*]}',
        '{..env}',
        '{.metadata}',
        '{.spec}',
        '{.items[?(@.a)].data}',
        '{$}',
        '{.items[*].metadata.annotations}',
      ],
    ),
  )('and so does a JSONPath, %s: %s', (path, isListed) => expect(isListedJsonPath(path)).toBe(isListed));
});
