import { randomBytes } from 'node:crypto';
import {
  createRequestStateCodec,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  type ElicitInputParams,
  type InputRequest,
  type InputRequests,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { said, type FixtureTool } from './fixture-tool.ts';
import { canDo } from './telling-tools.ts';

const states = createRequestStateCodec<{ readonly round: number }>({
  key: randomBytes(32),
  bind: (context) => `${context.mcpReq.method} ${context.http?.authInfo?.clientId ?? ''}`,
});

const userName = form('What is your name?', { name: { type: 'string' } });
const confirmation = form('Please confirm', { ok: { type: 'boolean' } });
const roots = inputRequired.listRoots();

/**
 * The tools that ask the client for something before they answer. Written once: a client of the legacy era is asked
 * with requests of the server, one of the modern era with a result that it answers by calling again.
 */
export const askingTools: readonly FixtureTool[] = [
  {
    name: 'test_sampling',
    inputSchema: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
    run: (context, { prompt }) => ask(context, { answer: sample(String(prompt), 100) }, 'LLM response'),
  },
  {
    name: 'test_elicitation',
    inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    run: (context, { message }) =>
      ask(context, { answer: form(String(message), { response: { type: 'string' } }) }, 'User response'),
  },
  {
    name: 'test_elicitation_sep1034_defaults',
    run: (context) =>
      ask(context, {
        answer: form('Review the defaults', {
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', default: true },
        }),
      }),
  },
  { name: 'test_elicitation_sep1330_enums', run: (context) => ask(context, { answer: enums() }) },
  { name: 'test_streaming_elicitation', run: (context) => ask(context, { confirm: confirmation }) },
  { name: 'test_input_required_result_elicitation', run: (context) => ask(context, { user_name: userName }) },
  {
    name: 'test_input_required_result_sampling',
    run: (context) => ask(context, { capital_question: sample('What is the capital of France?', 100) }),
  },
  { name: 'test_input_required_result_list_roots', run: (context) => ask(context, { client_roots: roots }) },
  {
    name: 'test_input_required_result_capabilities',
    run: (context) =>
      ask(context, {
        ...(canDo(context, 'sampling') && { question: sample('What is the capital of France?', 100) }),
        ...(canDo(context, 'elicitation') && { user_name: userName }),
      }),
  },
  {
    name: 'test_input_required_result_request_state',
    run: (context) => askInRounds(context, [{ confirm: confirmation }]),
  },
  {
    name: 'test_input_required_result_tampered_state',
    run: (context) => askInRounds(context, [{ confirm: confirmation }]),
  },
  {
    name: 'test_input_required_result_multiple_inputs',
    run: (context) =>
      askInRounds(context, [{ user_name: userName, greeting: sample('Generate a greeting', 50), client_roots: roots }]),
  },
  {
    name: 'test_input_required_result_multi_round',
    run: (context) =>
      askInRounds(context, [
        { step1: form('Step 1: What is your name?', { name: { type: 'string' } }) },
        { step2: form('Step 2: What is your favorite color?', { color: { type: 'string' } }) },
      ]),
  },
];

/** Asks until every question has an answer, and repeats the answers. */
export function ask(context: ServerContext, questions: InputRequests, prefix = 'Answers') {
  const answers: Readonly<Record<string, unknown>> = context.mcpReq.inputResponses ?? {};
  const isAnswered = Object.keys(questions).every((key) => answers[key] !== undefined);
  if (!isAnswered) return inputRequired({ inputRequests: questions });
  return said(`${prefix}: ${JSON.stringify(Object.values(answers))}`);
}

/** As `ask`, a round after the other; which one it is stands in a state that only we can write. */
async function askInRounds(context: ServerContext, rounds: readonly InputRequests[]) {
  const round = await roundOf(context);
  const answers: Readonly<Record<string, unknown>> = context.mcpReq.inputResponses ?? {};
  const asked = rounds[round - 1] ?? {};
  const next = Object.keys(asked).every((key) => answers[key] !== undefined) ? round : round - 1;
  const inputRequests = rounds[next];
  if (!inputRequests) return said('state-ok');
  return inputRequired({ inputRequests, requestState: await states.mint({ round: next + 1 }, context) });
}

async function roundOf(context: ServerContext): Promise<number> {
  const state = context.mcpReq.requestState<string>();
  if (state === undefined) return 0;
  try {
    const { round } = await states.verify(state, context);
    return round;
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid requestState', { cause: String(cause) });
  }
}

type Properties = Extract<ElicitInputParams['requestedSchema'], { readonly type: 'object' }>['properties'];

export function form(message: string, properties: Properties): InputRequest {
  const requestedSchema = { type: 'object', properties, required: Object.keys(properties) } as const;
  return inputRequired.elicit({
    message,
    requestedSchema: { ...requestedSchema, required: [...requestedSchema.required] },
  });
}

function sample(text: string, maxTokens: number): InputRequest {
  return inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens });
}

function enums(): InputRequest {
  const titled = [
    { const: 'value1', title: 'First' },
    { const: 'value2', title: 'Second' },
    { const: 'value3', title: 'Third' },
  ];
  const plain = ['option1', 'option2', 'option3'];
  return form('Please select', {
    untitledSingle: { type: 'string', enum: plain },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
    untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: plain } },
    titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled } },
  });
}
