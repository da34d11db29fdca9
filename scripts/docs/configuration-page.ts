import { settings, yamlKey } from '../../src/config/schema.ts';
import { unusedVariables } from '../../src/config/seed-variables.ts';
import type { Setting } from '../../src/config/setting.ts';
import { code, page, table } from './markdown.ts';

const introduction =
  'Order of precedence: option, environment, `sallyport.yaml`, default. Where several variables are named, the first ' +
  'that is set wins.';

const named =
  'The variables that servers.json names in `ssh_key_passphrase_env` and `password_env` are read, from `.env` too. ' +
  '`serve` reads `./.env` by itself, if it is yours and nobody else can write it; other commands take one with `--dotenv FILE`. ' +
  '`SSH_AUTH_SOCK`, `XDG_CONFIG_HOME` and `XDG_STATE_HOME` mean what they always mean.';

const header = ['Environment', 'In sallyport.yaml', 'Option', 'Takes', 'Default', 'Meaning'];

export function configurationPage(): string {
  const rows = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => [
    setting.env.map(code).join(', '),
    code(yamlKey(name)),
    setting.flag === undefined ? '' : code(setting.flag),
    setting.takes,
    setting.defaultText ?? shown(setting.default),
    setting.meaning,
  ]);
  return page('Configuration', [
    introduction,
    table(header, rows),
    '## Other variables',
    named,
    '## Accepted without use',
    'Of mcp-ssh and ssh-mcp-server; the start says in one line which of them are set.',
    variableTable(unusedVariables, 'Why'),
  ]);
}

function shown(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

function variableTable(variables: Readonly<Record<string, string>>, column: string): string {
  const rows = Object.entries(variables).map(([name, why]) => [code(name), why]);
  return table(['Environment', column], rows);
}
