import { specTypeSchemas, type ListToolsResult, type Tool as McpTool } from '@modelcontextprotocol/server';
import type { Scope } from '../identity/caller.ts';
import type { Tool } from '../tools/tool.ts';

/**
 * The answers to `tools/list`, built once and frozen: one for every set of scopes, in the order of the tools.
 *
 * A tool whose scope is not held is not listed. `undefined` stands for a caller who is not known: all are listed, so
 * that the call can say what is wrong.
 */
export class ToolLists {
  readonly #tools: readonly { readonly scope: Scope | undefined; readonly definition: McpTool }[];
  readonly #lists = new Map<string, ListToolsResult>();

  /** Throws when a tool's declaration is not one that MCP allows. */
  constructor(tools: readonly Tool[]) {
    this.#tools = tools.map((tool) => ({ scope: tool.scope, definition: definitionOf(tool) }));
  }

  visibleTo(scopes: ReadonlySet<Scope> | undefined): ListToolsResult {
    const visible = this.#tools.filter(({ scope }) => !scope || !scopes || scopes.has(scope));
    const key = visible.map(({ definition }) => definition.name).join();
    const known = this.#lists.get(key);
    if (known) return known;
    const list = frozen({ tools: visible.map(({ definition }) => definition) });
    this.#lists.set(key, list);
    return list;
  }
}

function definitionOf(tool: Tool): McpTool {
  const parsed = specTypeSchemas.Tool['~standard'].validate({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: structuredClone(tool.inputSchema),
    annotations: {
      title: tool.title,
      readOnlyHint: tool.readOnly,
      destructiveHint: !tool.readOnly && tool.destructive,
      idempotentHint: tool.readOnly || tool.idempotent,
      openWorldHint: !tool.closedWorld,
    },
  });
  if (parsed.issues) {
    throw new Error(`${tool.name}: ${parsed.issues.map(({ message }) => message).join('; ')}`);
  }
  return parsed.value;
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    const parts: readonly unknown[] = Object.values(value);
    parts.forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
