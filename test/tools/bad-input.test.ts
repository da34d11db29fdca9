import { describe, expect, it } from 'vitest';
import { executeOnMultiple } from '../../src/tools/execute-on-multiple.ts';
import { sshEditFile } from '../../src/tools/ssh-edit-file.ts';
import { sshFindFiles } from '../../src/tools/ssh-find-files.ts';
import type { Tool } from '../../src/tools/tool.ts';

function problemsOf(tool: Tool, input: object): readonly string[] {
  const prepared = tool.prepare(input);
  return 'problems' in prepared ? prepared.problems : [];
}

describe('what is wrong with an input', () => {
  it('is told in a few lines, however much of it there is', () => {
    const problems = problemsOf(executeOnMultiple, { servers: Array(1_000).fill(''), command: 'id' });
    expect(problems).toHaveLength(11);
    expect([problems[0], problems.at(-1)]).toEqual(['servers.0 is empty', 'and 990 more']);
  });

  it.each(['as a list', 'as text'])('is found at once in a list of a million entries, given %s', (given) => {
    const lines = Array(1_000_000).fill(0);
    const line_numbers = given === 'as text' ? JSON.stringify(lines) : lines;
    const startedMs = performance.now();
    const problems = problemsOf(sshEditFile, { path: 'a', operation: 'delete_lines', line_numbers });
    expect(problems).toEqual(['line_numbers has more than 10000 entries']);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });

  it.each(['a\nid', 'a\tb', 'a\0b', 'a\u202eb', ''])(
    'is what a line cannot hold, in a name to look for: %j',
    (name) => {
      expect(problemsOf(sshFindFiles, { root: '/srv', name_pattern: name })).toHaveLength(1);
    },
  );
});
