import { didYouMean } from '../../base/did-you-mean.ts';
import { configInvalid, describeProblem, type Issue } from '../../base/problem.ts';
import { parseYaml, type YamlFile } from '../../base/yaml-file.ts';
import { patternProblem } from '../paths/path-pattern.ts';
import { PathSet } from '../paths/path-set.ts';
import { catastrophicRule, overridableRules, policyVersion } from './built-in-policy.ts';
import { compileRule, type CompiledRule } from './compiled-rule.ts';
import { resolveRole, type LoadedPolicy, type Role } from './loaded-policy.ts';
import { policySchema, type PolicyDocument, type RuleDocument } from './policy-schema.ts';
import { builtInProfiles, isBuiltInProfile } from './profiles.ts';
import { testRule } from './rule-tests.ts';
import { ruleIssues } from './rule-issues.ts';
import { schemaIssues } from './schema-issues.ts';
import { secretFiles, systemFiles } from './sensitive-paths.ts';

/** Sets of paths that every policy may name. */
const builtInSets: ReadonlyMap<string, PathSet> = new Map([
  ['builtin:secrets', secretFiles],
  ['builtin:system', systemFiles],
]);

/**
 * The policy in a text, every test of its rules passed. Throws `config_invalid` with file, line and column of everything
 * that is wrong.
 */
export async function readPolicy(file: string, text: string): Promise<LoadedPolicy> {
  const yaml = await parseYaml(file, text);
  const parsed = policySchema.safeParse(yaml.value ?? {});
  if (!parsed.success) throw refused(yaml, schemaIssues(parsed.error));
  const document = parsed.data;
  const issues = [...pathIssues(document), ...roleIssues(document), ...ruleIssues(document, knownNames(document))];
  if (issues.length > 0) throw refused(yaml, issues);
  const policy = compiled(document, yaml, text);
  const failed = policy.rules.flatMap((rule, index) =>
    testRule(rule).map((failure) => ({ ...failure, path: ['rules', index, 'tests', ...failure.path] })),
  );
  if (failed.length > 0) throw refused(yaml, failed);
  return policy;
}

function refused(yaml: YamlFile, issues: readonly Issue[]): Error {
  return configInvalid(issues.map((issue) => describeProblem(yaml.locate(issue))));
}

function compiled(document: PolicyDocument, yaml: YamlFile, text: string): LoadedPolicy {
  const own = new Map(Object.entries(document.paths ?? {}).map(([name, patterns]) => [name, new PathSet(patterns)]));
  const setNamed = (name: string): PathSet => {
    const set = own.get(name) ?? builtInSets.get(name);
    if (set === undefined) throw new Error(`no set of paths ${name}`);
    return set;
  };
  const rules = (document.rules ?? []).map((rule, index): CompiledRule =>
    compileRule(rule, yaml.positionOf(['rules', index]), setNamed),
  );
  return {
    version: policyVersion(text),
    file: yaml.file,
    rules,
    roles: rolesOf(document),
    defaults: document.defaults ?? {},
  };
}

function rolesOf({ roles = {} }: PolicyDocument): ReadonlyMap<string, Role> {
  return new Map(
    Object.entries(roles).map(([name, { extends: base, hosts, clientMayConfirm }]) => [
      name,
      { extends: base, hosts, clientMayConfirm },
    ]),
  );
}

function knownNames(document: PolicyDocument) {
  return {
    sets: [...Object.keys(document.paths ?? {}), ...builtInSets.keys()],
    roles: [...Object.keys(document.roles ?? {}), ...builtInProfiles],
    rules: [...(document.rules ?? []).map((rule: RuleDocument) => rule.id), ...overridableRules],
    final: catastrophicRule,
  };
}

function pathIssues({ paths = {} }: PolicyDocument): readonly Issue[] {
  return Object.entries(paths).flatMap(([name, patterns]) =>
    patterns.flatMap((pattern, index) => {
      const problem = patternProblem(pattern);
      return problem === undefined ? [] : [{ path: ['paths', name, index], message: problem }];
    }),
  );
}

function roleIssues(document: PolicyDocument): readonly Issue[] {
  const roles = rolesOf(document);
  const known = [...roles.keys(), ...builtInProfiles];
  return [...roles].flatMap(([name, role]) => {
    const path = ['roles', name];
    if (isBuiltInProfile(name)) return [{ path, message: 'is the name of a built-in profile; give the role another' }];
    if (!known.includes(role.extends)) {
      return [
        { path: [...path, 'extends'], message: `no role or profile ${role.extends}${didYouMean(role.extends, known)}` },
      ];
    }
    return resolveRole({ roles }, name) === undefined
      ? [{ path: [...path, 'extends'], message: 'leads in a circle, or to a role that is missing' }]
      : [];
  });
}
