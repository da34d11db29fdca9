import type { McpServices } from '../mcp/call-tool.ts';

const failures = {
  '401': { description: 'No valid token' },
  '403': { description: 'Refused; `code` and `error` say why and what to do next' },
  '404': { description: 'There is no such tool or server' },
  '422': { description: 'The input is bad' },
  '429': { description: 'Too many requests; try again after `Retry-After` seconds' },
} as const;

const object = { type: 'object', additionalProperties: true } as const;

function jsonOf(schema: object) {
  return { 'application/json': { schema } };
}

/** The REST bridge as OpenAPI 3.1, for clients that are configured by it. */
export function openApi(url: string, { gateway, version }: Pick<McpServices, 'gateway' | 'version'>) {
  const tools = gateway.tools.map(({ name }) => name);
  const shell = gateway.tools.find(({ name }) => name === 'ssh_execute');
  const answers = { '200': { description: 'What the call gave', content: jsonOf(object) }, ...failures };
  return {
    openapi: '3.1.0',
    info: { title: 'SSH MCP REST Bridge', version },
    servers: [{ url }],
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/health': {
        get: { operationId: 'getHealth', security: [], responses: { '200': { description: 'How the gateway is' } } },
      },
      ...(shell && {
        '/shell': {
          post: {
            operationId: 'runShellCommand',
            requestBody: { required: true, content: jsonOf(shell.inputSchema) },
            responses: answers,
          },
        },
      }),
      '/tool/{name}': {
        post: {
          operationId: 'callTool',
          parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string', enum: tools } }],
          requestBody: { content: jsonOf({ type: 'object', properties: { arguments: object } }) },
          responses: answers,
        },
      },
    },
  };
}
