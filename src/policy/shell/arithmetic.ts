import { forEachChild, type SyntaxNode } from 'unbash';
import type { Span } from './unit.ts';

/** Numbers, names, `$name`, `${name}`, `10#$name`, operators and brackets. */
const plain = /^(?:[\w+\-*/%<>=!&|^~?:,()[\] \t;]|\$\w+|\$\{\w+\}|\$[#?$!]|\d#)*$/;

/**
 * Whether bash reads `((…))` as arithmetic too, whatever comes after it.
 *
 * Where the brackets of the text do not match, counted without regard to what they are part of, bash drops that reading
 * and runs the text as commands: `$((` + `rm x $(case x in x) true;; esac) ))` runs `rm`.
 */
export function isPlainArithmetic(node: SyntaxNode, source: string, [start, end]: Span): boolean {
  const text = source.slice(start, end);
  if (!areBracketsMatched(text)) return false;
  let rest = '';
  let at = start;
  for (const [from, to] of substitutionsIn(node)) {
    rest += source.slice(at, from);
    at = to;
  }
  return plain.test(rest + source.slice(at, end));
}

/** As bash counts them: quotes are skipped, substitutions are not. Refused are quotes that it might skip differently. */
function areBracketsMatched(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/'[^']*'|"[^"$`\\]*"|[()'"`\\\n]/g)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token.length === 1) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function substitutionsIn(node: SyntaxNode): readonly Span[] {
  const spans: Span[] = [];
  forEachChild(node, (child) => {
    if (child.type === 'CommandExpansion' || child.type === 'ArithmeticCommandExpansion') {
      spans.push([child.pos, child.end]);
    } else {
      spans.push(...substitutionsIn(child));
    }
  });
  return spans;
}
