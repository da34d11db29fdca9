import { randomUUID } from 'node:crypto';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { JsonObject, Tool, ToolOutput } from '../tools/tool.ts';

/** Longest value of the caller's own input that a failed answer repeats. */
const maxEchoLength = 2_000;

/** DEL and C1 controls, bidirectional and zero-width controls, line separators, tag characters: unseen, not harmless. */
const unseen =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

export interface FailedCall {
  /** Undefined where there is no tool of that name. */
  readonly tool: Tool | undefined;
  readonly name: string;
  readonly callId: string;
  readonly arguments: unknown;
}

/** What a tool gave back, as MCP: the JSON object, and the same as text, so that each is complete on its own. */
export function resultOf({ json, text, isError = false }: ToolOutput): CallToolResult {
  return { content: [text === undefined ? textOf(json) : { type: 'text', text }], structuredContent: json, isError };
}

/** A refusal or a failure, as MCP. What is not a `GatewayError` is a bug: its text stays in the log, under an id. */
export function failureOf(error: unknown, call: FailedCall, log: Log): CallToolResult {
  const { code, message, ran, details } = error instanceof GatewayError ? error : internalError(error, call, log);
  const failed = { success: false };
  const said = { error: message, code, ran };
  // Said twice: the first sets the order of the keys, the second keeps details from overwriting them.
  const next = code === 'approval_required' ? { next_call: nextCall(call, details) } : {};
  const json = { ...failed, ...echoOf(call, log), ...said, ...details, ...next, ...failed, ...said };
  const text =
    call.tool?.failureText === 'sentence' ? sentenceOf(message, { code, ran, ...details, ...next }) : textOf(json);
  return { content: [text], structuredContent: json, isError: true };
}

/** The very same call, with the approval that it waits for. Where its arguments are long, it is told that they stay. */
function nextCall({ name, arguments: given }: FailedCall, details: JsonObject): JsonObject {
  const named = { approval_id: details['approval_id'] };
  const isLong = (JSON.stringify(given) ?? '').length > maxEchoLength * 2;
  return isLong || typeof given !== 'object'
    ? { name, arguments: named, and: 'the other arguments as in this call' }
    : { name, arguments: { ...given, ...named } };
}

/** The second seed's form of an error, and below it, on one line, what else there is to know. */
function sentenceOf(message: string, more: JsonObject): TextBlock {
  return { type: 'text', text: `Error: ${message}\n${JSON.stringify(more).replace(unseen, escaped)}` };
}

function internalError(error: unknown, call: FailedCall, log: Log): GatewayError {
  const incident = randomUUID();
  log.error({ err: error, incident, call: call.callId, tool: call.name }, 'a tool call failed for a reason of ours');
  const message = `Internal error, incident ${incident}. Whether anything ran is not known: look before you try again, and tell the operator the incident.`;
  return new GatewayError('internal', message, { ran: 'may_have_run', details: { incident } });
}

function echoOf(call: FailedCall, log: Log): JsonObject {
  try {
    const echo = call.tool?.echo(call.arguments) ?? {};
    return Object.fromEntries(Object.entries(echo).flatMap(([key, value]) => clipped(key, value)));
  } catch (error) {
    log.error({ err: error, tool: call.name }, 'a tool could not repeat its input');
    return {};
  }
}

function clipped(key: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value === 'string' && value.length > maxEchoLength) {
    return [[key, `${value.slice(0, maxEchoLength)}... (${value.length} characters)`]];
  }
  return (JSON.stringify(value) ?? '').length > maxEchoLength * 2 ? [] : [[key, value]];
}

interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}

function textOf(json: JsonObject): TextBlock {
  return { type: 'text', text: JSON.stringify(json, null, 2).replace(unseen, escaped) };
}

/** JSON's own escape, one per UTF-16 unit (RFC 8259, section 7): the text still parses to the same values. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
