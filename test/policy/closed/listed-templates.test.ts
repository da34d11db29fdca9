import { describe, expect, it } from 'vitest';
import { isListedJsonPath, isListedTemplate } from '../../../src/policy/closed/languages/go-template.ts';

describe('a template of Go', () => {
  it.each([
    'a',
    'table',
    'table {{.Names}}',
    'json {{.Names}}',
    'jsonx',
    'x json',
    '{{ .Names }}',
    '{{- .Names -}}',
    '{{.Names}}{{.Image}} }}',
    '{{json   .State}}',
    '{{"a}b{c"}}',
    '{{"\\n\\t\\""}}',
    '{{""}}',
    '12345',
    '{{range .Ports}}{{if .HostPort}}{{.}}{{end}}{{end}}',
    '{{range .Ports}}{{if .HostPort}}a{{else}}{{.}}{{end}}{{end}}',
    '{{range .Ports}}{{range .Names}}{{.}}{{else}}{{.}}{{end}}{{.}}{{end}}',
    '{{if .State}}{{range .Ports}}{{.}}{{end}}{{end}}',
    '{{if .State}}{{if .Ports}}{{.Names}}{{end}}{{end}}',
  ])('prints what is listed: %j', (template) => expect(isListedTemplate(template)).toBe(true));

  it.each([
    '',
    ' ',
    '\n',
    'json',
    ' json',
    'json ',
    '\tjson\n',
    '{{',
    '}}{{',
    '{{}}',
    '{{ }}',
    '{{json}}',
    '{{jsonx .State}}',
    '{{ json . }}',
    'table {{.}}',
    'json {{.}}',
    '{{.Names}}{{.Env}}',
    '{{.Names}}{{.Names',
    '{{.Names}',
    'x{{.Config.Env}}',
    '{{.Names.Env}}',
    '{{.names}}',
    '{{.Names .Env}}',
    '{{x.Names}}',
    '{{"a" .Env}}',
    '{{"a\\x"}}',
    '{{"\\"}}',
    '{{"\\"}}{{.Config.Env}}{{"b"}}',
    '{{"}}"}}',
    '{{`a`}}',
    '{{/* a */}}',
    '{{index .Names 0}}',
    '{{template "a"}}',
    '{{else if .Names}}',
    '{{range $x := .Names}}{{end}}',
    '{{range .Env}}{{end}}',
    '{{if .Env}}{{end}}',
    '{{if .Names}}',
    '{{if .Names}}{{end}}{{end}}',
    '{{if .Names}}{{.}}{{end}}',
    '{{else}}{{.}}{{end}}',
    '{{range .Ports}}{{if .HostPort}}{{.}}{{end}}{{else}}{{.}}{{end}}',
    '{{if .State}}{{range .Ports}}{{end}}{{.}}{{end}}',
    '{{if .State}}{{range .Ports}}{{else}}{{.}}{{end}}{{end}}',
    '{{if .State}}{{else}}{{.}}{{end}}',
    '{{end}}{{range .Ports}}',
  ])('and nothing else, nor everything: %j', (template) => expect(isListedTemplate(template)).toBe(false));

  it('has at most 2000 characters', () => {
    expect(isListedTemplate('a'.repeat(2000))).toBe(true);
    expect(isListedTemplate('a'.repeat(2001))).toBe(false);
  });
});

describe('a JSONPath', () => {
  it.each([
    '',
    'a',
    '"a" $x } `',
    '{.name}',
    '{ .name }',
    '{\n.name\n}',
    '{.name}{.namespace}',
    '{.items[0].name}',
    '{.items[123].name}',
    '{.conditions[*]}',
    '{range .items[*]}{end}',
    '{range   .items}{ end }',
    '{range .items[*].spec}{.name}{"}{.data}{"}{end}',
    '{"\\n"}{"\\t"}{"\\r"}{"\\""}{ "a" }{""}',
    'name: {.name}',
    '{.x.dataset.name}',
    '{.mydata.name}',
    '{.environment.name}',
  ])('prints what is listed: %j', (path) => expect(isListedJsonPath(path)).toBe(true));

  it.each([
    '"{.data}"',
    '"{.data.name}"',
    "'{.data}'",
    '"a" {.data} "b"',
    '{}',
    '{ }',
    '{{.name}}',
    '{',
    '{.name',
    '{.name}{',
    '{.name}{.data',
    '{"a".data}',
    '{.data "a"}',
    '{"a" .data}',
    '{"a" "b"}',
    '{"\\\\"}".data}',
    '{"\\x"}',
    '{"a}',
    "{'a'}",
    '{end .data}',
    '{xend}',
    '{endx}',
    '{range}',
    '{range }',
    '{range.items[*]}',
    '{range .data}',
    '{range .items[*].env[*]}',
    '{range\u00a0.items .data}',
    '{xrange .items[*]}',
    '{range .items[*]\n.data}',
    '{.items}',
    '{name}',
    '{.}',
    '{..name}',
    '{.items[*]..name}',
    '{.x.name.}',
    '{x.name}',
    '{.name.spec}',
    '{.name[*][*]}',
    '{.name[0]}',
    '{.items[1234].name}',
    '{.items[].name}',
    '{.items[-1].name}',
    '{.items[0:2].name}',
    '{.items[*]x.name}',
    '{.items[?(@.a)].name}',
    "{.items['a'].name}",
    '{$.name}',
    '{@.name}',
    '{.1a.name}',
    '{.a-b.name}',
    '{.a\\.b.name}',
    '{.surname}',
    '{.data.a .name}',
    '{.name}{.spec}{.name}',
    '{.spec}{.name}',
  ])('and nothing else: %j', (path) => expect(isListedJsonPath(path)).toBe(false));

  it.each(['data', 'stringData', 'env', 'envFrom', 'args', 'command', 'annotations', 'value', 'valueFrom', 'token'])(
    'never goes through what holds secrets: %s',
    (name) => {
      for (const path of [
        `{.${name}.name}`,
        `{.a.${name}.name}`,
        `{.a.${name}[*].name}`,
        `{.${name.toUpperCase()}.name}`,
      ])
        expect(isListedJsonPath(path)).toBe(false);
      expect(isListedJsonPath(`{range .a.${name}}`)).toBe(false);
      expect(isListedJsonPath(`{.a.x${name}.name}`)).toBe(true);
      expect(isListedJsonPath(`{.a.${name}x.name}`)).toBe(true);
    },
  );

  it('has at most 2000 characters', () => {
    expect(isListedJsonPath('a'.repeat(2000))).toBe(true);
    expect(isListedJsonPath('a'.repeat(2001))).toBe(false);
  });
});
