import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export interface Answer {
  readonly isError: boolean;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A client of the SDK that the seeds' own clients are built on. */
export class AcceptanceClient implements AsyncDisposable {
  readonly sdk = new Client({ name: 'acceptance', version: '1' });

  static async over(transport: Transport): Promise<AcceptanceClient> {
    const client = new AcceptanceClient();
    await client.sdk.connect(transport);
    return client;
  }

  static async at(url: string, token: string): Promise<AcceptanceClient> {
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    return await AcceptanceClient.over(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  }

  async tools(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { tools } = await this.sdk.listTools();
    return new Map(tools.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties ?? {})]));
  }

  async call(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const result = await this.sdk.callTool({ name, arguments: input });
    const content = result.content as readonly { readonly text?: string }[];
    const json = (result.structuredContent ?? {}) as Answer['json'];
    return { isError: result.isError === true, text: content[0]?.text ?? '', json };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sdk.close();
  }
}

/** At least these keys, whatever their values. */
export function assertKeys(json: unknown, keys: readonly string[]): void {
  const missing = keys.filter((key) => !Object.hasOwn(json as object, key));
  assert.deepEqual(missing, [], `keys are missing in ${JSON.stringify(json).slice(0, 400)}`);
}
