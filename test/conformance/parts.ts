import {
  ProtocolError,
  ProtocolErrorCode,
  type GetPromptResult,
  type PromptMessage,
} from '@modelcontextprotocol/server';
import { ResourceNotFoundError, type ReadResourceResult, type Resource } from '@modelcontextprotocol/server';
import type { ServerPart } from '../../src/mcp/server.ts';
import { tasksPart } from '../../src/mcp/tasks-part.ts';
import { ask, askingTools, form } from './asking-tools.ts';
import { png, type FixtureTool } from './fixture-tool.ts';
import { fixtureTasks, taskTools } from './task-tools.ts';
import { tellingTools } from './telling-tools.ts';

const tools: readonly FixtureTool[] = [...taskTools, ...tellingTools, ...askingTools];

const toolsPart: ServerPart = {
  capabilities: { tools: {} },
  install(server) {
    server.setRequestHandler('tools/list', () => ({
      tools: tools.map(({ name, inputSchema = { type: 'object' } }) => ({
        name,
        description: `For the conformance suite: ${name}`,
        inputSchema,
      })),
    }));
    server.setRequestHandler('tools/call', ({ params }, context) => {
      const tool = tools.find(({ name }) => name === params.name);
      if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
      return tool.run(context, params.arguments ?? {});
    });
  },
};

const resources: readonly (Resource & { readonly content: { readonly text: string } | { readonly blob: string } })[] = [
  {
    uri: 'test://static-text',
    name: 'static-text',
    mimeType: 'text/plain',
    content: { text: 'This is the content of the static text resource.' },
  },
  { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png', content: { blob: png } },
  { uri: 'test://watched-resource', name: 'watched', mimeType: 'text/plain', content: { text: 'It never changes.' } },
];
const template = /^test:\/\/template\/([^/]+)\/data$/;

function readResource(uri: string): ReadResourceResult {
  const [, id] = template.exec(uri) ?? [];
  if (id !== undefined) {
    const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
    return { contents: [{ uri, mimeType: 'application/json', text }] };
  }
  const resource = resources.find((candidate) => candidate.uri === uri);
  if (!resource) throw new ResourceNotFoundError(uri);
  return { contents: [{ uri, mimeType: resource.mimeType, ...resource.content }] };
}

const resourcesPart: ServerPart = {
  capabilities: { resources: { subscribe: true } },
  install(server) {
    server.setRequestHandler('resources/list', () => ({
      resources: resources.map(({ content: _content, ...listed }) => listed),
    }));
    server.setRequestHandler('resources/templates/list', () => ({
      resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
    }));
    server.setRequestHandler('resources/read', ({ params }) => readResource(params.uri));
    server.setRequestHandler('resources/subscribe', () => ({}));
    server.setRequestHandler('resources/unsubscribe', () => ({}));
  },
};

const prompts: Readonly<
  Record<string, (args: Readonly<Record<string, string>>) => readonly PromptMessage['content'][]>
> = {
  test_simple_prompt: () => [{ type: 'text', text: 'This is a simple prompt for testing.' }],
  test_prompt_with_arguments: ({ arg1, arg2 }) => [
    { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` },
  ],
  test_prompt_with_embedded_resource: ({ resourceUri = '' }) => [
    { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded for testing.' } },
    { type: 'text', text: 'Please process the embedded resource above.' },
  ],
  test_prompt_with_image: () => [
    { type: 'image', data: png, mimeType: 'image/png' },
    { type: 'text', text: 'Please analyze the image above.' },
  ],
};
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  test_prompt_with_arguments: ['arg1', 'arg2'],
  test_prompt_with_embedded_resource: ['resourceUri'],
};
const askingPrompt = 'test_input_required_result_prompt';

const promptsPart: ServerPart = {
  capabilities: { prompts: {} },
  install(server) {
    server.setRequestHandler('prompts/list', () => ({
      prompts: [...Object.keys(prompts), askingPrompt].map((name) => ({
        name,
        description: `For the conformance suite: ${name}`,
        arguments: (argumentsOf[name] ?? []).map((argument) => ({ name: argument, required: true })),
      })),
    }));
    server.setRequestHandler('prompts/get', ({ params }, context) => {
      if (params.name === askingPrompt) {
        const question = form('What context should the prompt use?', { context: { type: 'string' } });
        const asked = ask(context, { user_context: question });
        return 'content' in asked ? promptOf(asked.content as readonly PromptMessage['content'][]) : asked;
      }
      const contents = prompts[params.name]?.(params.arguments ?? {});
      if (!contents) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown prompt: ${params.name}`);
      return promptOf(contents);
    });
  },
};

function promptOf(contents: readonly PromptMessage['content'][]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: 'user', content })) };
}

const utilitiesPart: ServerPart = {
  capabilities: { logging: {}, completions: {} },
  install(server) {
    server.setRequestHandler('logging/setLevel', () => ({}));
    server.setRequestHandler('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } }));
  },
};

/** What the conformance suite wants a server to offer, in place of what the gateway does. */
export const fixtureParts: readonly ServerPart[] = [
  toolsPart,
  resourcesPart,
  promptsPart,
  utilitiesPart,
  tasksPart(fixtureTasks),
];
