import { settings, yamlKey } from '../../src/config/schema.ts';
import type { Setting } from '../../src/config/setting.ts';
import { code, page, table } from './markdown.ts';

const introduction =
  'Order of precedence: option, environment, `sallyport.yaml`, default. Where several variables are named, the first ' +
  'that is set wins.';

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
  return page('Configuration', [introduction, table(header, rows)]);
}

function shown(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}
