import { Hono, type Context } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import type { McpServices } from '../mcp/call-tool.ts';
import type { McpAccess } from '../mcp/http.ts';
import { rateLimited } from '../mcp/rate-limited.ts';
import { readMessage } from '../mcp/read-message.ts';
import { restCall, type RestAnswer } from '../mcp/rest-call.ts';
import { openApi } from './open-api.ts';

export interface RestBridgeParts {
  readonly services: McpServices;
  /** Where it says it is; the address it was asked at unless given. */
  readonly publicBaseUrl: string | undefined;
  /** Answers with what comes of the body, once it is known who asks and the body is in bounds. */
  readonly withCaller: (
    c: Context<{ Bindings: HttpBindings }>,
    answer: (body: string, access: McpAccess) => Promise<Response>,
  ) => Promise<Response>;
}

const shellTool = 'ssh_execute';

/** The second seed's REST: the same tools through the same pipeline, for clients that do not speak MCP. */
export function createRestBridge({
  services,
  publicBaseUrl,
  withCaller,
}: RestBridgeParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.get('/openapi.json', (c) => c.json(openApi(publicBaseUrl ?? new URL(c.req.url).origin, services)));

  app.post(
    '/shell',
    async (c) =>
      await withinLimits(c, async (body, access) => {
        const read = objectIn(body);
        if (read === undefined) return badBody(c);
        const { status, json } = await called(c, access, { tool: shellTool, input: read });
        return Response.json(json, { status });
      }),
  );

  app.on(
    'POST',
    ['/tool/:name', '/tools/:name'],
    async (c) =>
      await withinLimits(c, async (body, access) => {
        const tool = c.req.param('name');
        const input = body.trim() === '' ? {} : argumentsIn(objectIn(body));
        if (input === undefined) return badBody(c);
        if (!services.gateway.tools.some(({ name }) => name === tool)) {
          return Response.json({ ok: false, error: 'Unknown tool', code: 'unknown_tool' }, { status: 404 });
        }
        const { status, json } = await called(c, access, { tool, input });
        return status === 200
          ? Response.json({ ok: true, tool, result: resultIn(json) })
          : Response.json({ ok: false, tool, ...json }, { status });
      }),
  );

  return app;

  async function called(
    c: Context<{ Bindings: HttpBindings }>,
    { credential }: McpAccess,
    { tool, input }: { readonly tool: string; readonly input: Members },
  ): Promise<RestAnswer> {
    return await restCall(services, { tool, arguments: input, credential, signal: c.req.raw.signal });
  }

  /** As `withCaller`, for no more requests than the caller may send. */
  async function withinLimits(
    c: Context<{ Bindings: HttpBindings }>,
    answer: (body: string, access: McpAccess) => Promise<Response>,
  ): Promise<Response> {
    return await withCaller(
      c,
      async (body, access) =>
        rateLimited(() => services.gateway.admitRequest(access.caller)) ?? (await answer(body, access)),
    );
  }
}

type Members = Readonly<Record<string, unknown>>;

function objectIn(body: string): Members | undefined {
  const read = readMessage(body);
  return read.kind === 'message' ? { ...read.message } : undefined;
}

function argumentsIn(body: Members | undefined): Members | undefined {
  const input = body?.['arguments'] ?? (body && {});
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : undefined;
}

/** Tools that answer with a text have it under that one name. */
function resultIn(json: Members): unknown {
  return Object.keys(json).length === 1 && 'result' in json ? json['result'] : json;
}

function badBody(c: Context): Response {
  return c.json({ ok: false, error: 'Send a JSON object', code: 'invalid_input' }, 422);
}
