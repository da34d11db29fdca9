import { policySchema } from '../../src/policy/rules/policy-schema.ts';

/** The JSON Schema of policy.yaml, for editors. */
export function policySchemaPage(): string {
  const schema = { title: 'policy.yaml of Sallyport', ...policySchema.toJSONSchema() };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
