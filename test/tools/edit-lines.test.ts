import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countLines, editText, type TextEdit } from '../../src/tools/edit-lines.ts';

const edited = (file: string, edit: TextEdit): string => editText(Buffer.from(file), edit).data.toString();

describe('an insertion', () => {
  it.each<{ file: string; before: number; newText: string; becomes: string }>([
    { file: 'a\nb\n', before: 1, newText: 'x', becomes: 'x\na\nb\n' },
    { file: 'a\nb\n', before: 2, newText: 'x\n', becomes: 'a\nx\nb\n' },
    { file: 'a\nb\n', before: 3, newText: 'x', becomes: 'a\nb\nx\n' },
    { file: 'a\nb', before: 3, newText: 'x', becomes: 'a\nb\nx\n' },
    { file: 'a\nb', before: 2, newText: 'x', becomes: 'a\nx\nb' },
    { file: 'a\r\nb', before: 3, newText: 'x', becomes: 'a\r\nb\r\nx\r\n' },
    { file: 'a\nb\n', before: 2, newText: '', becomes: 'a\n\nb\n' },
    { file: 'a\n', before: 2, newText: 'x\ny', becomes: 'a\nx\ny\n' },
    { file: '', before: 1, newText: 'x', becomes: 'x\n' },
  ])('before line $before of $file stands on lines of its own', ({ file, before, newText, becomes }) => {
    expect(edited(file, { kind: 'insert', before, newText })).toBe(becomes);
  });
});

describe('a deletion', () => {
  it.each([
    { file: 'a\nb\nc\n', lines: [2], becomes: 'a\nc\n', changes: 1 },
    { file: 'a\nb\nc', lines: [3, 1, 3], becomes: 'b\n', changes: 2 },
    { file: 'a', lines: [1], becomes: '', changes: 1 },
  ])('of lines $lines leaves $becomes', ({ file, lines, becomes, changes }) => {
    const result = editText(Buffer.from(file), { kind: 'delete', lines });
    expect({ text: result.data.toString(), changes: result.changes }).toEqual({ text: becomes, changes });
  });
});

describe('a replacement', () => {
  it.each([
    { file: 'aXbX', oldText: 'X', newText: '', becomes: 'ab', changes: 2 },
    { file: 'aaa', oldText: 'aa', newText: 'b', becomes: 'ba', changes: 1 },
    { file: 'x.y', oldText: '.', newText: '$&', becomes: 'x$&y', changes: 1 },
    { file: 'grün', oldText: 'ü', newText: 'ue', becomes: 'gruen', changes: 1 },
    { file: 'a\nb\n', oldText: 'a\nb', newText: 'c', becomes: 'c\n', changes: 1 },
  ])('of $oldText in $file gives $becomes', ({ file, oldText, newText, becomes, changes }) => {
    const result = editText(Buffer.from(file), { kind: 'replace', oldText, newText });
    expect({ text: result.data.toString(), changes: result.changes }).toEqual({ text: becomes, changes });
  });
});

describe('a replacement that would fill the memory', () => {
  it.each([
    { occurrences: 1_000_000, length: 400 },
    { occurrences: 8_000_000, length: 1_000_000 },
    { occurrences: 17, length: 1024 * 1024 },
  ])('of $occurrences places by $length characters is too_large', ({ occurrences, length }) => {
    const edit = { kind: 'replace', oldText: 'a', newText: 'b'.repeat(length) } as const;
    expect(() => editText(Buffer.alloc(occurrences, 'a'), edit)).toThrow(
      expect.objectContaining({ code: 'too_large', ran: 'not_started' }),
    );
  });
});

describe('whatever bytes a file has', () => {
  const file = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

  it('an edit changes no other', () => {
    fc.assert(
      fc.property(file, fc.string(), (bytes, newText) => {
        const lines = countLines(bytes.toString('latin1'));
        const inserted = editText(bytes, { kind: 'insert', before: lines + 1, newText }).data;
        expect(inserted.subarray(0, bytes.length).equals(bytes)).toBe(true);
        const first = editText(bytes, { kind: 'insert', before: 1, newText }).data;
        expect(first.subarray(first.length - bytes.length).equals(bytes)).toBe(true);
        expect(editText(bytes, { kind: 'delete', lines: [] }).data.equals(bytes)).toBe(true);
      }),
    );
  });

  it('a text replaced by itself leaves them', () => {
    fc.assert(
      fc.property(file, fc.string({ minLength: 1 }), (bytes, text) => {
        expect(editText(bytes, { kind: 'replace', oldText: text, newText: text }).data.equals(bytes)).toBe(true);
      }),
    );
  });
});
