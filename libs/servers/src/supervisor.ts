import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home';
import { lastLines } from './log-tail';
import { endProcess, identityOf, type ProcessIdentity } from './process-identity';
import { forgetProcess, recordProcess } from './process-records';
import { StartFault } from './start-fault';

export interface ChildSpec {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** How this program is asked to end at once and cleanly; SIGTERM unless told. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take over it before it is killed. */
  stopGraceMs?: number;
  /** Holds the child's stdin open, so that a child that watches it notices when this process vanishes. */
  holdStdin?: boolean;
}

export interface SupervisorOptions {
  /** Told of a child that died by itself and is about to be started again. */
  onDeath?: (event: { name: string; how: string; restartInMs: number }) => void;
  firstBackOffMs?: number;
  longestBackOffMs?: number;
  deathsToGiveUp?: number;
  deathWindowMs?: number;
  /** Who lived this long has started well: its next death is a first one again, and costs the first pause. */
  steadyAfterMs?: number;
}

interface Watched {
  spec: ChildSpec;
  order: number;
  child?: ChildProcess;
  /** Taken at spawning: later the bare number may be somebody else's. */
  identity?: ProcessIdentity;
  deaths: number[];
  consecutiveDeaths: number;
  startedAt: number;
  timer?: NodeJS.Timeout;
  isStopping: boolean;
  gone: Promise<void>;
}

const largestLogBytes = 50 * 1024 ** 2;

/**
 * Keeps child processes running: each with its own log file and record, started again when it dies, with a pause
 * that grows while it does not live long; five deaths of one child within two minutes end the whole run (architecture § 8).
 */
export class Supervisor {
  private readonly watched = new Map<string, Watched>();
  private readonly options: Required<SupervisorOptions>;
  private isEnding = false;
  private fail!: (fault: StartFault) => void;
  /** Rejects when a child keeps dying; never resolves. */
  readonly failure: Promise<never>;

  constructor(
    private readonly home: Home,
    options: SupervisorOptions = {},
  ) {
    this.options = {
      onDeath: options.onDeath ?? (() => undefined),
      firstBackOffMs: options.firstBackOffMs ?? 1_000,
      longestBackOffMs: options.longestBackOffMs ?? 30_000,
      deathsToGiveUp: options.deathsToGiveUp ?? 5,
      deathWindowMs: options.deathWindowMs ?? 120_000,
      steadyAfterMs: options.steadyAfterMs ?? 10_000,
    };
    this.failure = new Promise((_resolve, reject) => (this.fail = reject));
    this.failure.catch(() => undefined); // Heard through guard(); nobody listening is no crash.
  }

  start(spec: ChildSpec): void {
    if (this.isEnding) throw new StartFault('正在停止,不再启动新的进程。', '请稍后重新运行 npm start');
    if (this.watched.has(spec.name)) throw new Error(`child ${spec.name} is started already`);
    const watched: Watched = {
      spec,
      order: this.watched.size,
      deaths: [],
      consecutiveDeaths: 0,
      startedAt: 0,
      isStopping: false,
      gone: Promise.resolve(),
    };
    this.watched.set(spec.name, watched);
    this.spawn(watched);
  }

  /** The answer of `work`, or the fault of a child that keeps dying, whichever comes first. */
  guard<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.failure]);
  }

  pidOf(name: string): number | undefined {
    return this.watched.get(name)?.child?.pid;
  }

  logOf(name: string): string {
    return join(this.home.logs, `${name}.log`);
  }

  async stop(name: string, graceMs?: number): Promise<void> {
    const watched = this.watched.get(name);
    if (watched === undefined) return;
    watched.isStopping = true;
    clearTimeout(watched.timer);
    if (watched.identity !== undefined) {
      await endProcess(
        watched.identity,
        watched.spec.stopSignal ?? 'SIGTERM',
        graceMs ?? watched.spec.stopGraceMs ?? 10_000,
      );
    }
    await watched.gone;
    forgetProcess(this.home, name);
    this.watched.delete(name);
  }

  /** Stops all in reverse order of starting; what does not end in its share of the time is killed. */
  async stopAll(withinMs = 25_000): Promise<void> {
    this.isEnding = true;
    const until = Date.now() + withinMs;
    const rest = [...this.watched.values()].sort((a, b) => b.order - a.order);
    for (const watched of rest) {
      watched.isStopping = true;
      clearTimeout(watched.timer);
    }
    for (const [index, watched] of rest.entries()) {
      const share = until - Date.now() - (rest.length - 1 - index) * 1_500;
      await this.stop(watched.spec.name, Math.max(500, Math.min(share, watched.spec.stopGraceMs ?? 10_000)));
    }
  }

  private spawn(watched: Watched): void {
    const { spec } = watched;
    const logPath = this.logOf(spec.name);
    if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes)
      renameSync(logPath, `${logPath}.1`);
    const log = openSync(logPath, 'a', 0o600);
    watched.startedAt = Date.now();
    const child = spawn(spec.command, spec.args, {
      env: spec.env ?? process.env,
      cwd: spec.cwd ?? this.home.path,
      uid: spec.uid,
      gid: spec.gid,
      // A group of its own: Ctrl-C in the terminal reaches the starter alone, which then stops all in order.
      detached: true,
      stdio: [spec.holdStdin ? 'pipe' : 'ignore', log, log],
    });
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    watched.child = child;
    watched.identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (watched.identity !== undefined) {
      const { name, stopSignal = 'SIGTERM' } = spec;
      recordProcess(this.home, { ...watched.identity, name, stopSignal, order: watched.order });
    }
    watched.gone = new Promise((resolve) => {
      child.once('error', (error) => {
        resolve();
        if (child.pid === undefined) this.mourn(watched, error.message);
      });
      child.once('exit', (code, signal) => {
        resolve();
        this.mourn(watched, signal ?? `exit code ${code}`);
      });
    });
  }

  private mourn(watched: Watched, how: string): void {
    const { spec } = watched;
    if (watched.isStopping) return;
    const now = Date.now();
    const { deathWindowMs, deathsToGiveUp, firstBackOffMs, longestBackOffMs, steadyAfterMs } = this.options;
    watched.deaths = [...watched.deaths.filter((at) => now - at < deathWindowMs), now];
    watched.consecutiveDeaths = now - watched.startedAt >= steadyAfterMs ? 1 : watched.consecutiveDeaths + 1;
    if (watched.deaths.length >= deathsToGiveUp) {
      const log = this.logOf(spec.name);
      this.fail(
        new StartFault(
          `${spec.name} 在 ${Math.round(deathWindowMs / 1000)} 秒内停止了 ${watched.deaths.length} 次(${how}),全部停止。最后的日志:\n${lastLines(
            log,
          )
            .map((line) => `    ${line}`)
            .join('\n')}`,
          `请查看 ${log},处理后重新运行 npm start(数据已保留)`,
        ),
      );
      return;
    }
    const restartInMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (watched.consecutiveDeaths - 1));
    this.options.onDeath({ name: spec.name, how, restartInMs });
    watched.timer = setTimeout(() => {
      if (!watched.isStopping) this.spawn(watched);
    }, restartInMs);
  }
}
