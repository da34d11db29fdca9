import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { AuditExporter } from './audit/export/exporter.ts';
import { BoundedRefusals } from './audit/bounded-refusals.ts';
import { Audit } from './audit/call-trail.ts';
import { ChainAnchor } from './audit/chain-anchor.ts';
import { endedCalls, refusedLogin, refusedRequest, webLogin } from './audit/event-record.ts';
import { recordedChange, type Change } from './audit/recorded-change.ts';
import { Redactor } from './audit/redact.ts';
import { GatewayError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { Secret } from './base/secret.ts';
import { openApprovals, openBudgets, openChangesOf, openJobs, openTokenUses, openTrail } from './compose-stores.ts';
import {
  openExports,
  openObservation,
  openRetention,
  reportLostCalls,
  serveMetrics,
  type ServedMetrics,
} from './compose-observe.ts';
import { budgetsOf, ownPlacesOf, ratesOf, redactSecretsOf, usualToolsets, webhookOf } from './compose-settings.ts';
import { openOAuth, type OAuthParts } from './compose-oauth.ts';
import type { Config } from './config/load.ts';
import type { LoginNote } from './console/console.ts';
import { CallsUnderWay } from './gateway/calls-under-way.ts';
import { JobEndings } from './gateway/end-jobs.ts';
import { enforceLocks } from './gateway/enforce-locks.ts';
import type { Gateway } from './gateway/gateway.ts';
import { OwnFiles } from './gateway/own-files.ts';
import { AdHocHosts } from './hosts/ad-hoc-hosts.ts';
import { adHocDefaults, openHosts } from './hosts/configured-hosts.ts';
import type { Host, HostId } from './hosts/host.ts';
import type { Inventory } from './hosts/inventory.ts';
import { locateHostIn } from './hosts/locate-host.ts';
import type { SecuritySettings } from './hosts/servers-schema.ts';
import { unitedInventory } from './hosts/united-inventory.ts';
import { ApiTokens } from './identity/api-tokens.ts';
import { authenticateWith, type AuthMethod, type Authenticate } from './identity/authenticate.ts';
import type { Caller, PrincipalId } from './identity/caller.ts';
import { localUser } from './identity/local-user.ts';
import { principalId } from './identity/principal.ts';
import type { FirstSeen } from './identity/token-expiry.ts';
import { TokenUses } from './identity/token-use.ts';
import type { Job } from './jobs/job.ts';
import { Jobs } from './jobs/jobs.ts';
import { Budgets } from './limits/budgets.ts';
import { Limits } from './limits/limits.ts';
import { Locks } from './locks/locks.ts';
import { KeptOutputs } from './outputs/kept-outputs.ts';
import { Health } from './metrics/health.ts';
import { Policy } from './policy/policy.ts';
import { loadSecondParser } from './policy/shell/second-parser.ts';
import type { LoadedPolicy } from './policy/rules/loaded-policy.ts';
import { openPolicyFile, type PolicyFile } from './policy/rules/policy-file.ts';
import { securityBlockIssues } from './policy/security-block.ts';
import { SshAccess } from './ssh/access.ts';
import { ConnectionPool } from './ssh/pool/pool.ts';
import type { RecoveringAuditWriter } from './storage/audit-writer.ts';
import { FactsCache } from './tools/facts-cache.ts';
import { toolsOf } from './tools/index.ts';
import { readOutput } from './tools/read-output.ts';
import { SecretValues } from './secrets/secret-values.ts';

const slots = { perCaller: 64, total: 256 };
const idleCloseMs = 5 * 60_000;
const mebibyte = 1024 * 1024;
/** A person reads the whole at a terminal. */
const shownOutputs = { inlineBytes: 4 * mebibyte };
/** Where no tool reads on: more of an output in the answer, and no more anywhere. */
const unreadOutputs = { inlineBytes: 65_536, maxOutputBytes: 0 };

export interface ComposeOptions {
  readonly log: Log;
  /** To be told the secrets we hold; its own unless given. */
  readonly redactor?: Redactor;
  /** Hosts that are being set up: they go before those of the same name in the files. */
  readonly stagedHosts?: readonly Host[];
  /** Whether entries of servers.json that are marked as demo are served. */
  readonly demoEntries?: 'served' | 'ignored';
  /** Asked before all others. */
  readonly authMethods?: readonly AuthMethod[];
  /** Where a person with a browser decides what policy asks. */
  readonly approveUrl?: (id: string) => string | undefined;
}

export interface RunningGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly inventory: Inventory;
  readonly tokens: ApiTokens;
  /** Where clients may sign in over OAuth. */
  readonly oauth: OAuthParts | undefined;
  readonly audit: RecoveringAuditWriter;
  readonly pool: ConnectionPool;
  /** Where somebody may read them. */
  readonly metrics: ServedMetrics | undefined;
  /** What copies the audit elsewhere. */
  readonly exports: readonly AuditExporter[];
  /** Records a request whose credential nobody knows. */
  refusedLogin(remoteAddress: string): void;
  /** Resolves once tokens and the rules for people are in force as they are now in their files. */
  takeInAuthority(): Promise<void>;
  /** Records that a person signed in or out. Throws `audit_unavailable`. */
  recordLogin(login: LoginNote): Promise<void>;
  /** Ends those jobs, and says so of them. Never rejects. */
  endJobs(isMeant: (job: Job) => boolean): Promise<void>;
  /** Makes a change once it is on record that this person means it. */
  recordedChange<T>(change: Change, by: Caller, make: () => Promise<T>): Promise<T>;
  /** Records that an operator ended these calls. Never throws: they have been ended. */
  recordEndedCalls(callIds: readonly string[], by: Caller): void;
  /** Counts one HTTP request. Throws `rate_limited`, once that is recorded. */
  admitRequest(caller: Caller): void;
  /** Why no call can be served at this moment; empty when calls can. */
  problems(): readonly string[];
  /** What does not work and keeps no call from being served. */
  warnings(): Promise<readonly string[]>;
}

/** Builds the gateway from its configuration. Nothing is connected yet; files are read and watched. */
export async function composeGateway(config: Config, options: ComposeOptions): Promise<RunningGateway> {
  const { log } = options;
  await using stack = new AsyncDisposableStack();
  const { redactor = new Redactor() } = options;
  redactor.usePatterns(config.redactPatterns ? 'on' : 'off');
  const judgeSecurity = securityBlockIssues;
  const { inventory: configured, serversFile } = stack.use(await openHosts(config, { ...options, judgeSecurity }));
  const adHoc = new AdHocHosts({ defaults: adHocDefaults(config), redact: (secret) => redactor.add(secret) });
  const inventory = unitedInventory([configured, adHoc]);

  for (const secret of [
    config.mcpToken,
    config.sshDefaultPassword,
    config.sshKeyPassphrase,
    config.approvalWebhookSecret,
    config.auditExportWebhookSecret,
    config.metricsToken,
  ]) {
    if (secret) redactor.add(secret);
  }
  await redactSecretsOf(serversFile, redactor);
  const tokenUses = stack.use(
    new TokenUses({
      openStore: () => openTokenUses(config, log),
      onFirstUse: (token) => redactor.add(new Secret(token)),
      log,
    }),
  );

  const tools = toolsOf(config.toolsets ?? usualToolsets(config));
  const observation = openObservation(tools);
  const { metrics, observers } = observation;

  const limits = new Limits({ slots, requests: config.use === 'serve' ? 'counted_at_the_edge' : 'counted_here' });
  const budgets = stack.use(new Budgets({ openStore: () => openBudgets(config, log), log }));
  const onRemoved = (principal: PrincipalId): void => limits.forget(principal);
  const endings = new JobEndings();
  // A token may be over already when it is read, before there is a gateway to end its jobs with.
  const { promise: whole, resolve: isWhole } = Promise.withResolvers<Gateway>();
  const onOver = (principal: PrincipalId): void =>
    void whole.then((made) => endings.end(made, 'credential_revoked', ({ owner }) => owner === principal));
  const { tokensFile: file, tokenExpiryHours: expiryHours } = config;
  const firstSeen: FirstSeen = (hashes) => tokenUses.firstSeen(hashes);
  const tokens = stack.use(await ApiTokens.open({ file, log, expiryHours, firstSeen, onRemoved, onOver }));
  // At the command line sits whoever wrote the policy.
  const local = { name: userInfo().username, profile: config.use === 'operator' ? 'admin' : config.profile };
  const isLocalUserLet = (): boolean => config.use === 'operator' || (config.use === 'stdio' && tokens.isEmpty());
  const oauth = await openOAuth(config, { tokens, log, onOver });
  if (oauth) stack.use(oauth);
  const accessTokens = oauth ? [oauth.accessTokens] : [];
  const ownMethods = [endings, tokens, ...accessTokens, localUser(local, isLocalUserLet)];
  const known = authenticateWith([...(options.authMethods ?? []), ...ownMethods]);

  // The lists of commands and the rate limits bind callers. At the command line sits whoever wrote them, setting up and testing servers.
  const isBound = config.use !== 'operator';
  const secondParser = config.strictPolicy ? await loadSecondParser() : undefined;
  const policy = new Policy(inventory, { allowedPrograms: isBound ? config.allowedCommands : [], secondParser });
  let policyFile: PolicyFile | undefined;
  if (isBound) {
    budgets.use(budgetsOf(config));
    const useSecurity = (security: SecuritySettings): void => {
      policy.useSecurityBlock(security);
      limits.useRates(ratesOf(config, security));
    };
    useSecurity(serversFile.security());
    serversFile.onSecurityChanged(useSecurity);
    const onPolicy = (loaded: LoadedPolicy): void => policy.usePolicy(loaded);
    policyFile = stack.use(await openPolicyFile({ file: config.policyFile, log, onPolicy }));
  }

  const authenticate: Authenticate = (credential) => {
    const caller = known(credential);
    if (credential.kind === 'bearer' && caller.couldHave === undefined) tokenUses.note(credential.token);
    return caller;
  };
  const exports = stack.use(openExports(config, log));
  const trail = await openTrail(config, log, observers.audit);
  const { writer, logFile } = trail;
  if (config.use !== 'operator') {
    stack.use(new ChainAnchor({ head: () => writer.head(), log }));
    void reportLostCalls(writer, log);
  }
  stack.use(trail);
  const retention = openRetention(config, { writer, exports, log });
  if (retention) stack.use(retention);

  const refusedLogins = stack.use(new BoundedRefusals({ writer, logFile, log, single: 20 }));
  const overLimit = stack.use(new BoundedRefusals({ writer, logFile, log, single: 1 }));

  const connectTimeoutMs = config.sshConnectionTimeout * 1000;
  const pool = stack.use(new ConnectionPool({ connectTimeoutMs, idleCloseMs, log, onConnect: observers.onConnect }));
  stack.defer(inventory.onChanged((gone) => pool.retire(gone)));
  const facts = new FactsCache(inventory);
  stack.defer(inventory.onChanged((gone) => facts.forget(gone)));

  const outputs = stack.use(
    new KeptOutputs({
      directory: join(config.dataDir, 'outputs'),
      log,
      filter: () => redactor.stream(),
      limits: isBound ? (tools.includes(readOutput) ? {} : unreadOutputs) : shownOutputs,
    }),
  );
  const jobs = stack.use(
    new Jobs({
      scope: isBound ? 'own' : 'all',
      openStore: () => openJobs(config, log),
      redact: (text) => redactor.redactText(text),
      log,
      limits: {
        maxUnended: config.jobsPerCaller,
        defaultTimeoutMs: config.jobTimeout * 1000,
        retentionMs: config.jobRetentionHours * 3_600_000,
        maxOutputBytes: config.jobOutputMaxMb * mebibyte,
        maxTotalBytes: config.jobHostMaxMb * mebibyte,
      },
    }),
  );
  const changes = stack.use(openChangesOf(config, log));
  const approveUrl = options.approveUrl ?? (() => undefined);
  const webhook = webhookOf(config, {
    approveUrl,
    isPending: async (id) => (await approvals.find(id))?.state === 'pending',
    log,
  });
  const approvals = stack.use(
    openApprovals(config, {
      asking: config.approvals && isBound ? 'on' : 'off',
      records: { writer, logFile },
      approveUrl,
      onAsked: (approval) => webhook?.tell(approval),
      onEnded: observers.onApprovalEnded,
      log,
    }),
  );
  if (webhook) stack.use(webhook);
  policy.onReplaced = (version) => void approvals.drop((approval) => approval.policyVersion === version);
  const locks = stack.use(await Locks.open({ file: config.locksFile, log, holds: isBound ? 'callers' : 'nobody' }));
  const ownFiles = new OwnFiles(isBound ? ownPlacesOf(config) : []);
  stack.defer(inventory.onChanged((gone) => ownFiles.forget(gone)));
  const gateway: Gateway = {
    authenticate,
    limits,
    budgets,
    locks,
    tools,
    locateHost: locateHostIn({
      inventory,
      defaultHost: config.sshDefaultHost,
      adHoc: config.sshAllowAdHocHosts ? adHoc : undefined,
      secretArguments: config.sshAllowPasswordArguments ? 'taken' : 'refused',
    }),
    policy,
    ownFiles,
    approvals,
    audit: new Audit({ writer, logFile, redactor, overLimit, onEnded: observers.onCallEnded, log }),
    ssh: new SshAccess({ inventory, pool, transferDir: config.transferDir }),
    secretValues: new SecretValues({
      entries: config.secrets,
      environment: (name) => config.secretFromEnv(name),
      redact: (secret) => redactor.add(secret),
      log,
    }),
    redactor,
    inventory,
    outputs,
    jobs,
    facts,
    changes,
    calls: new CallsUnderWay(),
    settings: {
      defaultCommandTimeoutMs: (config.sshCommandTimeout ?? 300) * 1000,
      sshToolTimeoutMs: (config.sshCommandTimeout ?? 30) * 1000,
      maxEditBytes: config.editMaxMb * mebibyte,
    },
    log,
  };
  isWhole(gateway);

  if (isBound) {
    const disconnect = (hosts: ReadonlySet<HostId>): void => pool.retire(hosts);
    const principalsNamed = (name: string): readonly PrincipalId[] => [
      ...tokens.principalsNamed(name),
      ...(oauth?.principalsNamed(name) ?? []),
      principalId('local', name),
    ];
    const enforcedBy = { gateway, endings, disconnect, principalsNamed };
    locks.onChanged(
      (now) =>
        void enforceLocks(now, enforcedBy).catch((error: unknown) =>
          log.error({ err: error }, 'locks were not enforced'),
        ),
    );
  }

  const served = serveMetrics(config.metricsToken, observation, {
    gateway,
    pool,
    audit: writer,
    exports: exports.all,
    log,
  });
  if (served) stack.use(served);

  const health = new Health({
    dataDir: config.dataDir,
    readStore: () => approvals.pending(),
    said: () => [
      logFile.problem(),
      serversFile.problem(),
      policyFile?.problem(),
      locks.warning(),
      ...exports.all.map((one) => one.problem()),
    ],
    log,
  });

  const running = stack.move();
  return {
    gateway,
    inventory,
    tokens,
    oauth,
    audit: writer,
    pool,
    takeInAuthority: async () => void (await Promise.all([tokens.takeIn(), oauth?.takeIn()])),
    metrics: served,
    exports: exports.all,
    refusedLogin: (remoteAddress) => {
      metrics.count('sallyport_logins_refused');
      refusedLogins.record(refusedLogin(remoteAddress));
    },
    recordLogin: async ({ did, caller, address }) => {
      const record = webLogin(did, caller, address);
      await writer.append(record);
      logFile.append(record);
    },
    endJobs: (isMeant) => endings.end(gateway, 'ended_by_operator', isMeant),
    recordedChange: (change, by, make) => recordedChange(change, { writer, logFile, log, by }, make),
    recordEndedCalls: (callIds, by) => {
      const record = endedCalls(callIds, by);
      logFile.append(record);
      writer
        .note(record)
        .catch((error: unknown) => log.error({ err: error }, 'that calls were ended was not recorded'));
    },
    admitRequest: (caller) => {
      try {
        limits.admitRequest(caller);
      } catch (error) {
        metrics.count('sallyport_requests_limited');
        if (error instanceof GatewayError) overLimit.record(refusedRequest(caller, error.message));
        throw error;
      }
    },
    problems: () => [writer.problem(), locks.problem()].filter((problem) => problem !== undefined),
    warnings: () => health.warnings(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
