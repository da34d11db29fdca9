import { migrateTokens } from '../identity/migrate-tokens.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';

/** Replaces plaintext tokens by their hashes. They work as before. */
export async function tokenMigrate(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const change = { tool: 'token migrate', eventType: 'token_created', metadata: { operation: 'migrated' } } as const;
  const { migrated, weak } = await recorded(change, { config, log }, () => migrateTokens(config.tokensFile));
  const text = [
    migrated.length === 0 ? 'No token is left to migrate' : `✓ Stored as hashes: ${migrated.join(', ')}`,
    ...weak.map(
      (name) => `Token '${name}' is published or guessable, so left as it is. Revoke it: sallyport token revoke`,
    ),
  ];
  screen.show({ text, json: { success: true, migrated, left: weak } });
}
