import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { z } from "zod";
import type { RunningService } from "./launch-server";
import { exitReason, messageOf } from "./service-error";

export const serviceNames = ["postgres", "cache", "queue"] as const;
export type ServiceName = (typeof serviceNames)[number];

export const serviceTroubleSchema = z.object({
  service: z.enum(serviceNames),
  /** ISO 8601. */
  diedAt: z.string(),
  /** Null while it is down. */
  restartedAt: z.string().nullable(),
  /** Deaths and failed restarts since the services were started. */
  failures: z.int().positive(),
  /** Of the last failure, in one line; null when the server left none, as after a `kill -9`. */
  reason: z.string().nullable(),
});
/** A service that died. */
export type ServiceTrouble = z.output<typeof serviceTroubleSchema>;

export type WatchSettings = {
  /** How often each service is checked. */
  everyMs: number;
  /** Waits before the first restarts, in order. After the last one, restarts are tried at `slowMs`. */
  delaysMs: readonly number[];
  slowMs: number;
  /** A service that ran this long has recovered: its next death is restarted at once. */
  stableMs: number;
  /** How often the free space of the disk is read. */
  diskEveryMs: number;
  /** With less free space, the disk counts as nearly full: Postgres and Redis will soon refuse writes. */
  fewBytes: number;
};

export const usualSettings: WatchSettings = {
  everyMs: 500,
  delaysMs: [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000],
  slowMs: 60_000,
  stableMs: 60_000,
  diskEveryMs: 10_000,
  fewBytes: 64 * 1024 * 1024,
};

export type Watched = { name: ServiceName; label: string; service: RunningService };

export type WatchOptions = {
  services: readonly Watched[];
  /** Folder with the data of the services. */
  home: string;
  /** Whether this process still owns the data folder. When it does not, the watch ends: the new owner starts the services. */
  isOwned: () => boolean;
  /** Called with one line for each change. */
  log: (line: string) => void;
  /** Called after each change; `freeBytes` is null unless the disk is nearly full. */
  onChange: (troubles: ServiceTrouble[], freeBytes: number | null) => void;
  settings: WatchSettings;
};

export type Watch = {
  /** Ends a restart in progress and resolves when no other will begin. */
  stop: () => Promise<void>;
};

/** Restarts each service that dies, on its port, until `stop`. Failures are reported and never thrown. */
export function watchServices({ services, home, isOwned, log, onChange, settings }: WatchOptions): Watch {
  const troubles = new Map<ServiceName, ServiceTrouble>();
  const restarts = new Map<ServiceName, Promise<void>>();
  const attempts = new Map<ServiceName, { count: number; atMs: number }>();
  let freeBytes: number | null = null;
  let isStopped = false;
  const tell = (): void => onChange([...troubles.values()], freeBytes);

  /** Never throws: a lost folder counts as one that another process owns. */
  const mayRestart = (): boolean => {
    try {
      if (isOwned()) return true;
    } catch {
      // Reported below.
    }
    log("The data folder belongs to another process now: this process no longer restarts Postgres and Redis.");
    end();
    return false;
  };

  async function restart({ name, label, service }: Watched): Promise<void> {
    const { count } = attempts.get(name) ?? { count: 0 };
    attempts.set(name, { count: count + 1, atMs: performance.now() });
    const before = troubles.get(name);
    const isNew = before === undefined || before.restartedAt !== null;
    const fail = (reason: string | null): void => {
      const diedAt = isNew ? new Date().toISOString() : before.diedAt;
      troubles.set(name, {
        service: name,
        diedAt,
        restartedAt: null,
        failures: (troubles.get(name)?.failures ?? 0) + 1,
        reason,
      });
      tell();
    };
    if (isNew) {
      const reason = lastWords(service.logFile);
      fail(reason);
      log(`${label} (process ${service.pid}) died${reason === null ? "" : `: ${reason}`}. Restarting …`);
    }
    try {
      await service.restart(() => isStopped);
      const trouble = troubles.get(name);
      if (trouble !== undefined) troubles.set(name, { ...trouble, restartedAt: new Date().toISOString() });
      tell();
      log(`${label} is running again (process ${service.pid}, port ${service.port}).`);
    } catch (error) {
      if (isStopped) return;
      fail(messageOf(error));
      const isSlow = count + 1 >= settings.delaysMs.length;
      const next = delayMs(count + 1);
      if (!isSlow) log(`${messageOf(error)} Next attempt in ${next / 1000} s.`);
      else if (count + 1 === settings.delaysMs.length) {
        log(
          `${label} could not be started ${count + 1} times in a row: ${messageOf(error)} It stays down; attempts continue every ${next / 1000} s.`,
        );
      }
    }
  }

  const delayMs = (count: number): number => settings.delaysMs[count] ?? settings.slowMs;

  function look(watched: Watched): void {
    const { name, service } = watched;
    if (restarts.has(name)) return;
    const last = attempts.get(name);
    const sinceMs = performance.now() - (last?.atMs ?? 0);
    if (service.isAlive()) {
      if (last !== undefined && sinceMs > settings.stableMs) attempts.delete(name);
      return;
    }
    if (last !== undefined && sinceMs < delayMs(last.count)) return;
    if (!mayRestart()) return;
    const running = restart(watched).finally(() => restarts.delete(name));
    restarts.set(name, running);
  }

  async function lookAtDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(home);
    const free = bavail * bsize;
    const isLow = free < settings.fewBytes;
    if (isStopped || isLow === (freeBytes !== null)) return;
    freeBytes = isLow ? free : null;
    tell();
    log(
      isLow
        ? `The disk that contains ${home} is nearly full (${Math.floor(free / 1024 / 1024)} MB free). Free some space: Postgres and Redis refuse writes on a full disk.`
        : `The disk that contains ${home} has space again.`,
    );
  }

  const timer = setInterval(() => services.forEach(look), settings.everyMs);
  const diskTimer = setInterval(() => void lookAtDisk().catch(() => undefined), settings.diskEveryMs);
  timer.unref();
  diskTimer.unref();
  function end(): void {
    isStopped = true;
    clearInterval(timer);
    clearInterval(diskTimer);
  }
  return {
    stop: async () => {
      end();
      await Promise.all(restarts.values());
    },
  };
}

/** Why a server ended, from the last lines of its log; null if they give no reason. */
function lastWords(logFile: string): string | null {
  try {
    const log = readFileSync(logFile, "utf8").trim().split("\n").slice(-20).join("\n");
    return /PANIC:|no space left on device|fatal error/iu.test(log) ? exitReason(log) : null;
  } catch {
    return null;
  }
}
