import { Failed } from '../exit-code.ts';
import { openConfig, type CommonOptions } from '../open-config.ts';
import { createScreen, type Screen } from '../screen.ts';
import { checkExport } from './check-export.ts';
import { checkFiles, checkPlaces } from './check-files.ts';
import { checkHosts } from './check-hosts.ts';
import { checkListening, checkLocks, checkPolicy, checkServers, checkTokens } from './check-setup.ts';
import { refused, type Finding } from './finding.ts';

export interface DoctorOptions extends CommonOptions {
  /** Looks at files alone. */
  readonly offline?: boolean;
}

const marks = { ok: '✓', note: '·', warning: '!', error: '✗' } as const;

/** What stands in the way of a good service, and how each is mended. Changes nothing. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const screen = createScreen(options);
  const findings = await findingsOf(options);
  const errors = findings.filter(({ level }) => level === 'error').length;
  show(screen, findings);
  if (errors > 0) throw new Failed(`${errors} errors`);
}

async function findingsOf(options: DoctorOptions): Promise<readonly Finding[]> {
  try {
    const { config, log } = await openConfig(options);
    const { findings: servers, hosts } = await checkServers(config);
    return [
      { check: 'configuration', level: 'ok', message: config.configDir },
      ...(await checkFiles(config)),
      ...(await checkPlaces(config)),
      ...checkListening(config),
      ...(await checkTokens(config)),
      ...(await checkPolicy(config, log)),
      ...(await checkExport(config, log)),
      ...(await checkLocks(config)),
      ...servers,
      ...(options.offline === true ? [] : await reached(hosts, { config, log })),
      boundary,
    ];
  } catch (error) {
    return refused('configuration', error, 'mend it there: until then nothing starts');
  }
}

/** A gateway that cannot even start is a finding too. */
async function reached(...asked: Parameters<typeof checkHosts>): Promise<readonly Finding[]> {
  try {
    return await checkHosts(...asked);
  } catch (error) {
    return refused('start', error, 'mend it: until then nothing starts');
  }
}

/** True of every set-up, and not to be found out by looking. */
const boundary: Finding = {
  check: 'boundary',
  level: 'note',
  message:
    'An agent with a shell of its own as this user of the operating system can read these files and get round every rule. ' +
    'The boundary is `sallyport serve` under another account, or on another machine.',
};

function show(screen: Screen, findings: readonly Finding[]): void {
  const text = findings.flatMap(({ check, level, message, fix }) => [
    `${marks[level]} ${check}: ${message}`,
    ...(fix === undefined ? [] : [`    → ${fix}`]),
  ]);
  const isOk = findings.every(({ level }) => level !== 'error');
  screen.show({ text, json: { ok: isOk, findings } });
}
