import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Redactor } from './audit/redact.ts';
import type { Config } from './config/load.ts';
import { ApprovalWebhook, type ApprovalWebhookOptions } from './console/webhook/approval-webhook.ts';
import type { ServersFile } from './hosts/servers-file.ts';
import type { SecuritySettings } from './hosts/servers-schema.ts';
import type { DailyLimits } from './identity/caller.ts';
import type { RateLimits } from './limits/limits.ts';
import type { ToolsetName } from './tools/index.ts';

/** Only `serve` has a page to lead to. */
export function webhookOf(
  { use, approvalWebhookUrl: url, approvalWebhookSecret: secret, approvalWebhookPrivate: isPrivate }: Config,
  parts: Pick<ApprovalWebhookOptions, 'approveUrl' | 'isPending' | 'log'>,
): ApprovalWebhook | undefined {
  if (use !== 'serve' || url === undefined || secret === undefined) return undefined;
  return new ApprovalWebhook({ ...parts, url, secret, reach: isPrivate ? 'also_private' : 'public' });
}

export function ratesOf(config: Config, { rateLimit }: SecuritySettings): RateLimits {
  if (!config.rateLimitEnabled) {
    return { requestsPerMinute: undefined, commandsPerHour: undefined };
  }
  return {
    requestsPerMinute: rateLimit.requestsPerMinute ?? config.rateLimitPerMinute,
    commandsPerHour: rateLimit.commandsPerHour ?? config.rateLimitPerHour,
  };
}

export function budgetsOf(config: Config): DailyLimits | 'off' {
  const { rateLimitEnabled, rateLimitPerDay, rateLimitServersPerDay, rateLimitMbPerDay } = config;
  if (!rateLimitEnabled) return 'off';
  const bytes = rateLimitMbPerDay === undefined ? undefined : rateLimitMbPerDay * 1024 * 1024;
  return { commands: rateLimitPerDay, servers: rateLimitServersPerDay, bytes };
}

/** What a host is logged in to with must not come back in what it answers; also once the file has changed. */
export async function redactSecretsOf(serversFile: ServersFile, redactor: Redactor): Promise<void> {
  const redactAll = async (): Promise<void> => {
    for (const { credentials } of await serversFile.all()) {
      const secrets = [credentials.password, ...credentials.keys.map((key) => key.passphrase)];
      for (const secret of secrets) if (secret) redactor.add(secret);
    }
  };
  serversFile.onSecurityChanged(() => void redactAll());
  await redactAll();
}

/** What decides about the gateway, or tells of it. Of the logs the audit alone: their directory may be everybody's. */
export function ownPlacesOf(config: Config): readonly string[] {
  const { configDir, keysDir, dataDir, logsDir, dotenvFile, tlsKeyFile, auditExportFile } = config;
  const files = [dotenvFile, tlsKeyFile, auditExportFile].filter((file) => file !== undefined);
  return [configDir, keysDir, dataDir, join(logsDir, 'audit.log'), ...files];
}

/** The tools that whoever set this up expects. */
export function usualToolsets({ hasSecondSeed, serversFile, use }: Config): readonly ToolsetName[] {
  if (!hasSecondSeed || use === 'operator') return ['core'];
  return existsSync(serversFile) ? ['core', 'ssh-mcp-server'] : ['ssh-mcp-server'];
}
