import {
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { setTimeout as sleep } from 'node:timers/promises';
import { png, said, wav, type FixtureTool } from './fixture-tool.ts';

const stepMs = 50;
const image = { type: 'image', data: png, mimeType: 'image/png' } as const;

/** The tools that answer at once, with every kind of content, and those that tell something on the way. */
export const tellingTools: readonly FixtureTool[] = [
  { name: 'test_simple_text', run: () => said('This is a simple text response for testing.') },
  { name: 'test_image_content', run: () => ({ content: [image] }) },
  { name: 'test_audio_content', run: () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }) },
  {
    name: 'test_embedded_resource',
    run: () => ({ content: [embedded('test://embedded-resource', 'text/plain', 'An embedded resource.')] }),
  },
  {
    name: 'test_multiple_content_types',
    run: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    }),
  },
  {
    name: 'test_error_handling',
    run: () => ({ ...said('This tool intentionally returns an error for testing'), isError: true }),
  },
  {
    name: 'test_tool_with_logging',
    async run(context) {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await context.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
        await sleep(stepMs);
      }
      return said('Logged.');
    },
  },
  {
    name: 'test_logging_tool',
    async run(context) {
      const envelope: Readonly<Record<string, unknown>> = context.mcpReq.envelope ?? {};
      if (envelope[LOG_LEVEL_META_KEY] !== undefined) {
        const params = { level: 'info', data: 'Asked to log' } as const;
        await context.mcpReq.notify({ method: 'notifications/message', params });
      }
      return said('Logged where that was asked for.');
    },
  },
  {
    name: 'test_tool_with_progress',
    async run(context) {
      const progressToken = context.mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100, message: `Completed ${progress} of 100` };
          await context.mcpReq.notify({ method: 'notifications/progress', params });
        }
        await sleep(stepMs);
      }
      return said('Done.');
    },
  },
  {
    name: 'test_missing_capability',
    run(context) {
      if (!canDo(context, 'sampling')) {
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
      }
      return said('The client can sample.');
    },
  },
  {
    name: 'json_schema_2020_12_tool',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          $anchor: 'address',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' }, country: { type: 'string' } },
      allOf: [{ anyOf: [{ required: ['name'] }, { required: ['address'] }] }],
      anyOf: [{ required: ['name'] }, { required: ['country'] }],
      if: { properties: { country: { const: 'US' } }, required: ['country'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { required: ['address'] },
      else: {},
      additionalProperties: false,
    },
    run: (_context, input) => said(`Called with ${JSON.stringify(input)}`),
  },
];

/** Whether the client of a modern request says that it can do that. */
export function canDo(context: ServerContext, what: 'sampling' | 'elicitation'): boolean {
  const envelope: Readonly<Record<string, unknown>> = context.mcpReq.envelope ?? {};
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY];
  return typeof capabilities === 'object' && capabilities !== null && what in capabilities;
}

function embedded(uri: string, mimeType: string, text: string) {
  return { type: 'resource', resource: { uri, mimeType, text } } as const;
}
