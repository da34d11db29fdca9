import { GatewayError } from '../base/errors.ts';
import { neutralise } from '../base/untrusted-text.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { openOperatorGateway, testServer } from './operator-gateway.ts';
import { createScreen } from './screen.ts';
import { hostNamed } from './servers-of.ts';

export async function serverTest(name: string, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const host = await hostNamed(config, name);
  try {
    await using gateway = await openOperatorGateway(config, { log });
    const info = await testServer(gateway, host.id);
    const text = [`System info: ${neutralise(info)}`, '✓ Connection test passed!'];
    screen.show({ text, json: { success: true, server: host.id, system_info: info } });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === 'config_invalid') throw error;
    const { code, message } = error;
    screen.show({
      text: [`✗ Connection failed: ${message}`],
      json: { success: false, server: host.id, code, error: message },
    });
    throw new Failed(message);
  }
}
