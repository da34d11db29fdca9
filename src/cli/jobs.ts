import { GatewayError } from '../base/errors.ts';
import type { JsonObject } from '../tools/tool.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { openOperatorGateway } from './operator-gateway.ts';
import { createScreen, table, type Screen } from './screen.ts';

/** Everybody's jobs. */
export async function jobsList(options: CommonOptions): Promise<void> {
  await called(options, { tool: 'get_job', input: {} }, (json) => {
    const jobs = Array.isArray(json['jobs']) ? json['jobs'].map((job: JsonObject) => job) : [];
    const header = ['Job', 'Server', 'Status', 'Started', 'Command'];
    const rows = jobs.map((job) =>
      ['job_id', 'server', 'status', 'created_at', 'command'].map((key) => shortened(job[key])),
    );
    return rows.length === 0 ? ['No jobs'] : table('Jobs', header, rows);
  });
}

/** One job, with the end of what it wrote. */
export async function jobsShow(id: string, options: CommonOptions): Promise<void> {
  await called(options, { tool: 'get_job', input: { job_id: id, tail: 100 } }, (json) => [
    ...factsOf(json),
    '',
    ...String(json['stdout']).split('\n'),
    ...String(json['stderr']).split('\n'),
  ]);
}

export async function jobsCancel(id: string, options: CommonOptions): Promise<void> {
  await called(options, { tool: 'cancel_job', input: { job_id: id } }, factsOf);
}

interface Call {
  readonly tool: string;
  readonly input: JsonObject;
}

async function called(
  options: CommonOptions,
  call: Call,
  text: (json: JsonObject) => readonly string[],
): Promise<void> {
  const screen: Screen = createScreen(options);
  const { config, log } = await openConfig(options);
  try {
    await using gateway = await openOperatorGateway(config, { log });
    const json = await gateway.call(call.tool, call.input);
    screen.show({ text: text(json), json });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === 'config_invalid') throw error;
    const { code, message } = error;
    screen.show({ text: [`✗ ${message}`], json: { success: false, code, error: message } });
    throw new Failed(message);
  }
}

function factsOf(json: JsonObject): readonly string[] {
  const facts = ['job_id', 'server', 'command', 'status', 'exit_code', 'signal', 'created_at', 'ended_at', 'error'];
  return facts.flatMap((key) =>
    json[key] === null || json[key] === undefined ? [] : [`${key}: ${shortened(json[key])}`],
  );
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
