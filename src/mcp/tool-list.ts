import { specTypeSchemas, type ListToolsResult, type Tool as McpTool } from '@modelcontextprotocol/server';
import { mayCallTools, type Caller } from '../identity/caller.ts';
import type { Means } from '../policy/rules/ruled-out.ts';
import type { Tool } from '../tools/tool.ts';

/**
 * The answers to `tools/list`, built once, when first asked for, and frozen: one for every set of scopes, in the order
 * of the tools.
 *
 * A tool whose scope is not held is not listed, and neither is one of which policy allows the caller no call. `undefined`
 * stands for a caller who is not known: all are listed, so that the call can say what is wrong.
 */
export class ToolLists {
  readonly #tools: readonly Tool[];
  readonly #definitions = new Map<Tool, McpTool>();
  readonly #lists = new Map<string, ListToolsResult>();

  constructor(tools: readonly Tool[]) {
    this.#tools = tools;
  }

  /** Throws when a tool's declaration is not one that MCP allows. */
  visibleTo(
    caller: Pick<Caller, 'scopes' | 'roles'> | undefined,
    ruledOut: ReadonlySet<Means> = new Set(),
  ): ListToolsResult {
    const visible = this.#tools.filter(
      ({ scope, needs }) => caller === undefined || (mayUse(caller, scope) && !(needs && ruledOut.has(needs))),
    );
    const key = visible.map(({ name }) => name).join();
    const known = this.#lists.get(key);
    if (known) return known;
    const list = frozen({ tools: visible.map((tool) => this.#definitionOf(tool)) });
    this.#lists.set(key, list);
    return list;
  }

  #definitionOf(tool: Tool): McpTool {
    const definition = this.#definitions.get(tool) ?? definitionOf(tool);
    this.#definitions.set(tool, definition);
    return definition;
  }
}

function mayUse(caller: Pick<Caller, 'scopes' | 'roles'>, scope: Tool['scope']): boolean {
  return mayCallTools(caller) && (scope === undefined || caller.scopes.has(scope));
}

function definitionOf(tool: Tool): McpTool {
  const parsed = specTypeSchemas.Tool['~standard'].validate({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: structuredClone(tool.inputSchema),
    annotations: {
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
