import type {
  CommandNode,
  CompoundList,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  Word as AstWord,
} from 'unbash';
import { shellWord } from '../../base/shell-word.ts';
import { heredocBody, isExact, readWord, readWords } from './words.ts';

/**
 * The script with every word quoted and every operator written out again: what a shell makes of it depends on no word's
 * spelling. Undefined where a word is not known, or where something stands that is not written out again.
 */
export function canonicalText(script: ParsedScript): string | undefined {
  try {
    return statements(script.commands);
  } catch (error) {
    if (error instanceof NotStatic) return undefined;
    throw error;
  }
}

class NotStatic extends Error {}

function statements(all: readonly Statement[]): string {
  return all
    .map(
      ({ command, background }) =>
        (command.type === 'AndOr' ? andOr(command) : pipeline(command)) + (background === true ? ' &' : ''),
    )
    .join('\n');
}

function list({ commands }: CompoundList): string {
  return `\n${statements(commands)}\n`;
}

function andOr({ commands, operators }: Extract<Statement['command'], { type: 'AndOr' }>): string {
  return commands
    .map((command, index) => (index === 0 ? '' : ` ${operators[index - 1]} `) + pipeline(command))
    .join('');
}

function pipeline(node: PipelineNode): string {
  if (node.type !== 'Pipeline') return command(node);
  const prefixes = node.prefixes.map((prefix) =>
    prefix.type === 'Negation' ? '! ' : prefix.posix === undefined ? 'time ' : 'time -p ',
  );
  const stages = node.commands.map(
    (stage, index) => (index === 0 ? '' : ` ${node.operators[index - 1]} `) + command(stage),
  );
  return prefixes.join('') + stages.join('');
}

function command(node: CommandNode): string {
  switch (node.type) {
    case 'Command': {
      const words = [...(node.name === undefined ? [] : [node.name]), ...node.args].flatMap((word) => {
        if (word.type === 'Assignment') throw new NotStatic();
        return quotedWords(word);
      });
      const assignments = node.prefix.flatMap((item) => {
        if (item.type !== 'Assignment') return [];
        if (item.value.type !== 'Word' || item.index !== undefined || item.append === true) throw new NotStatic();
        return [`${item.name}=${quotedWord(item.value)}`];
      });
      return [...assignments, ...words, ...node.redirects.map(redirection)].join(' ');
    }
    case 'Redirected':
      return [command(node.command), ...node.redirects.map(redirection)].join(' ');
    case 'Subshell':
      return `(${list(node.body)})`;
    case 'BraceGroup':
      return `{${list(node.body)}}`;
    case 'If': {
      const branches = node.elif.map(({ clause, then }) => `elif${list(clause)}then${list(then)}`);
      const otherwise = node.else === undefined ? '' : `else${list(node.else)}`;
      return `if${list(node.clause)}then${list(node.then)}${branches.join('')}${otherwise}fi`;
    }
    case 'While':
      return `${node.kind}${list(node.clause)}do${list(node.body)}done`;
    case 'For':
    case 'Case':
    case 'Select':
    case 'Function':
    case 'Coproc':
    case 'ArithmeticFor':
    case 'TestCommand':
    case 'ArithmeticCommand':
      throw new NotStatic();
  }
}

function quotedWords(word: AstWord): readonly string[] {
  return readWords(word, [word.pos, word.end]).map((read) => {
    if (!isExact(read)) throw new NotStatic();
    return quoted(read.value);
  });
}

function quotedWord(word: AstWord): string {
  const read = readWord(word, [word.pos, word.end]);
  if (!isExact(read)) throw new NotStatic();
  return quoted(read.value);
}

/** In quotes always, so that no word is a keyword, an alias or a home directory. */
function quoted(text: string): string {
  const word = shellWord(text);
  return word === text ? `'${text}'` : word;
}

function redirection(node: Redirection): string {
  const { descriptor } = node;
  const left =
    descriptor === undefined ? '' : descriptor.type === 'FileDescriptor' ? descriptor.value : `{${descriptor.name}}`;
  if (node.type === 'HereDoc') {
    const body = heredocBody(node, [node.pos, node.end]);
    if (body.kind !== 'static' || !body.value.endsWith('\n')) throw new NotStatic();
    return `${left}<<<${quoted(body.value.slice(0, -1))}`;
  }
  if (node.target === undefined) throw new NotStatic();
  const isDescriptor = node.operator.endsWith('&') && /^(?:\d+-?|-)$/.test(node.target.text);
  return `${left}${node.operator}${isDescriptor ? node.target.text : quotedWord(node.target)}`;
}
