import {
  ProtocolError,
  ResourceNotFoundError,
  type ReadResourceResult,
  type Resource,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Credential } from '../identity/authenticate.ts';
import { callTool, type McpServices } from './call-tool.ts';
import { rpcCodes } from './json-rpc.ts';
import { knownCaller } from './known-caller.ts';
import type { ServerPart } from './server.ts';

/** Kept outputs are read with this tool, and offered where it is. */
export const outputTool = 'read_output';

const uriTemplate = 'output://{output_id}/{stream}{?offset,length}';
const uriPattern =
  /^output:\/\/(out_[\da-f]{32})(?:\/(stdout|stderr))?(?:\?((?:offset|length)=\d+(?:&(?:offset|length)=\d+)?))?$/;
const mimeType = 'text/plain';

/** Bytes of one answer; the rest is read from the offset that it names. */
const pageBytes = 262_144;

const templatesHint = { ttlMs: 60 * 60_000, cacheScope: 'private' } as const;

const listing = z.object({
  outputs: z.array(
    z.object({ output_id: z.string(), created_at: z.string(), stdout_bytes: z.number(), stderr_bytes: z.number() }),
  ),
});
const page = z.object({ contents: z.string(), next_offset: z.number().nullable(), size_bytes: z.number() });

/**
 * The caller's kept outputs as resources. Each request is a call of `read_output` through the gateway, authenticated,
 * judged and recorded like any other.
 */
export function outputsPart(services: McpServices): ServerPart {
  return {
    capabilities: { resources: {} },
    cacheHints: { 'resources/templates/list': templatesHint },
    install(server, { credentialOf }) {
      const reading = (context: ServerContext): Reading => {
        return { services, context, server, credential: credentialOf(context) };
      };
      server.setRequestHandler('resources/list', async (_request, context) => {
        // As with tools: what the caller may not use is not listed.
        if (knownCaller(credentialOf(context), services)?.scopes.has('read') === false) return { resources: [] };
        const { outputs } = listing.parse(await readWith({}, reading(context)));
        return { resources: outputs.flatMap(resourcesOf) };
      });
      server.setRequestHandler('resources/templates/list', () => ({
        resourceTemplates: [
          {
            uriTemplate,
            name: 'kept-output',
            title: 'Kept output of a command',
            description: 'By the output_id of a result; stream is stdout or stderr.',
            mimeType,
          },
        ],
      }));
      server.setRequestHandler('resources/read', ({ params }, context) => readUri(params.uri, reading(context)));
    },
  };
}

interface Reading {
  readonly services: McpServices;
  readonly context: ServerContext;
  readonly server: Server;
  readonly credential: Credential;
}

/** What the tool gave back. Its refusals are thrown as errors of the protocol, with the same words. */
async function readWith(input: object, { services, ...reading }: Reading): Promise<Readonly<Record<string, unknown>>> {
  const params = { name: outputTool, arguments: { ...input } };
  const { structuredContent, isError } = await callTool(services, { ...reading, params });
  const json = z.record(z.string(), z.unknown()).parse(structuredContent);
  if (!isError) return json;
  const code = json['code'] === 'invalid_input' ? rpcCodes.invalidParams : rpcCodes.transport;
  throw new ProtocolError(code, String(json['error']), json);
}

async function readUri(uri: string, reading: Reading): Promise<ReadResourceResult> {
  const [, output_id, stream = 'stdout', query] = uriPattern.exec(uri) ?? [];
  if (output_id === undefined) throw new ResourceNotFoundError(uri);
  try {
    const range = Object.fromEntries(new URLSearchParams(query));
    const read = page.parse(await readWith({ length: pageBytes, ...range, output_id, stream }, reading));
    const contents = [{ uri, mimeType, text: read.contents }];
    const next = read.next_offset;
    if (next === null) return { contents };
    const nextUri = `output://${output_id}/${stream}?offset=${next}`;
    const text = `Cut at byte ${next} of ${read.size_bytes}. It goes on at ${nextUri}`;
    return { contents: [...contents, { uri: nextUri, mimeType, text }] };
  } catch (error) {
    if (error instanceof ProtocolError && isNotFound(error.data)) throw new ResourceNotFoundError(uri);
    throw error;
  }
}

function isNotFound(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'code' in data && data.code === 'output_not_found';
}

function resourcesOf(output: z.output<typeof listing>['outputs'][number]): readonly Resource[] {
  return (['stdout', 'stderr'] as const).flatMap((stream) => {
    const size = output[`${stream}_bytes`];
    if (size === 0) return [];
    const uri = `output://${output.output_id}/${stream}`;
    return [{ uri, name: `${output.output_id}/${stream}`, title: `${stream} of ${output.created_at}`, mimeType, size }];
  });
}
