import { describe, expect, it } from 'vitest';
import type { AskedHost, Question } from '../../src/approvals/question.ts';
import { approvalText } from '../../src/approvals/approval-text.ts';
import { withUnusualMarked } from '../../src/approvals/unusual-text.ts';
import { anApproval } from '../fixtures/approvals.ts';

const { question } = anApproval();
const [host] = question.hosts;
const [step] = question.steps;
if (!host || !step) throw new Error('the sample has a host and a step');
const textOf = (differences: Partial<Question>): readonly string[] =>
  approvalText(anApproval({ question: { ...question, ...differences } }));

describe('a question as text', () => {
  it('says who asks for what, where, by which rule, until when, and what would start', () => {
    const approval = anApproval();
    expect(approvalText(approval)).toEqual([
      'test asks for execute_command on 1 server',
      `  approval  ${approval.id} (pending)`,
      '  expires   2026-11-21T10:10:00.123Z',
      '  rule      builtin:destructive: A person must approve this',
      '  server    web-1 (ops@192.0.2.1; web, env=prod)',
      '  would     run command',
      '    | rm -rf /srv/x',
      '  starts    "rm" "-rf" "/srv/x"',
      '  note      removes a tree',
    ]);
  });

  it('lets nothing that came with the call pass for a line of ours', () => {
    const forged = '\n  would     read command\n    | ls\r\n\u2028  note harmless\u0085\u001b[2K';
    const hosts: readonly AskedHost[] = [
      { ...host, name: forged, user: forged, tags: [forged], labels: { a: forged } },
    ];
    const steps = [{ ...step, about: `rm${forged}`, really: forged, programs: [['rm', forged]], findings: [forged] }];
    const change = { path: forged, before: null, after: null, diff: forged, note: forged };
    const lines = textOf({ hosts, steps, change, rule: forged, reason: forged, tool: forged });
    const plain = textOf({});
    const ours = (all: readonly string[]): number => all.filter((line) => /^ {2}(?:would|server)/.test(line)).length;
    expect(ours(lines)).toBe(ours(plain));
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*$/);
  });

  it('names every host of many, and says where a step is not for all', () => {
    const hosts = Array.from({ length: 30 }, (_, n) => ({ ...host, name: `web-${n}` }));
    const lines = textOf({ hosts, steps: [{ ...step, hosts: ['web-1', 'web-29'] }] });
    expect(lines[0]).toContain('30 servers');
    expect(lines.find((line) => line.startsWith('  and'))).toMatch(/web-20, .*web-29$/);
    expect(lines).toContain('  would     run command on web-1, web-29');
  });

  it('shows what really runs, and what a file becomes', () => {
    const change = { path: '/etc/x', before: 'aa', after: 'bb', diff: '-a\n+b\n', note: 'cut' };
    const lines = textOf({ steps: [{ ...step, really: "'rm' '-rf'" }], change });
    expect(lines).toEqual(expect.arrayContaining(['  which is', "    | 'rm' '-rf'", '  changes   /etc/x', '    | +b']));
  });
});

describe('text with characters that are not ASCII', () => {
  it.each([
    ['d\u0430ta', 'd<U+0430 \u0430>ta'],
    ['a\u202eb', 'a\\u202eb'],
    ['\u001b[31m', '\\x1b[31m'],
    ['\u{e0041}\u200b\u00a0', '\\u{e0041}\\u200b\\xa0'],
    ['e\u0301', 'e\\u0301'],
    ['\ud800x', '\\ud800x'],
    ['plain ~ text', 'plain ~ text'],
    ['', ''],
  ])('marks %j', (text, marked) => {
    expect(withUnusualMarked(text)).toBe(marked);
  });
});
