import { z } from 'zod';
import { toolsets } from '../../src/tools/index.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { code, page, table } from './markdown.ts';

/** As much of JSON Schema as our tools use. */
const inputSchema = z.object({
  required: z.array(z.string()).default([]),
  properties: z.record(
    z.string(),
    z.object({
      type: z.union([z.string(), z.array(z.string())]),
      items: z.object({ type: z.string() }).optional(),
      description: z.string().default(''),
      default: z.json().optional(),
      enum: z.array(z.string()).optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
    }),
  ),
});
type Property = z.output<typeof inputSchema>['properties'][string];

const introduction = 'Which sets are offered is decided by `SALLYPORT_TOOLSETS`.';

const header = ['Parameter', 'Type', 'Default', 'Meaning'];

export function toolsPage(): string {
  const sets = Object.entries<readonly Tool[]>(toolsets).flatMap(([name, tools]) => [
    `## The set ${code(name)}`,
    ...tools.map(section),
  ]);
  return page('Tools', [introduction, ...sets]);
}

function section(tool: Tool): string {
  const { required, properties } = inputSchema.parse(tool.inputSchema);
  const rows = Object.entries(properties).map(([name, property]) => {
    const standard = required.includes(name) ? 'required' : defaultOf(property);
    return [code(name), typeOf(property), standard, property.description];
  });
  const parts = [`### ${tool.name}`, tool.description, `${needs(tool)} ${effect(tool)}`, table(header, rows)];
  return parts.join('\n\n');
}

function needs({ scope }: Tool): string {
  return scope === undefined ? 'Needs any valid token.' : `Needs the permission ${code(scope)}.`;
}

function effect({ readOnly, destructive }: Tool): string {
  if (readOnly) return 'Changes nothing.';
  return destructive ? 'May delete or overwrite.' : 'Changes things, but deletes and overwrites nothing.';
}

function typeOf({ type, items, enum: values, minimum, maximum = Number.MAX_SAFE_INTEGER }: Property): string {
  if (items) return `list of ${items.type}`;
  if (values) return values.map(code).join(' or ');
  if (typeof type !== 'string') return type.join(' or ');
  if (minimum === undefined) return type;
  return `${type}, ${maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`}`;
}

function defaultOf({ default: standard }: Property): string {
  return standard === undefined ? '' : code(JSON.stringify(standard));
}
