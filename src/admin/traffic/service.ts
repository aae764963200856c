import { spawn, type ChildProcess } from "node:child_process";
import { PlatformError } from "@/server/errors";
import type { Authority } from "@/server/auth/authority";
import type { Actor } from "@/server/auth/session";
import type { TrafficStatus } from "./contract";

const seconds = 60;
const rate = 50;
/** The last calls may take their full time limit. */
const overtimeMs = 15_000;

export type TrafficOptions = {
  authority: Pick<Authority, "permit">;
  /** The program and its first arguments that run `weir traffic` against this node; null where it cannot. */
  program: readonly [string, ...string[]] | null;
  /** Wall clock in milliseconds. */
  now?: () => number;
};

export type TrafficService = ReturnType<typeof createTrafficService>;

/** Sends a minute of sample calls from a process of its own, one at a time. */
export function createTrafficService({ authority, program, now = Date.now }: TrafficOptions) {
  let running: { child: ChildProcess; endsAtMs: number } | null = null;

  const status = (): TrafficStatus => ({
    isAvailable: program !== null,
    endsAt: running === null ? null : new Date(running.endsAtMs).toISOString(),
  });

  return {
    status,
    /** @throws WeirError TRAFFIC_UNAVAILABLE, TRAFFIC_RUNNING */
    start: async (actor: Actor): Promise<TrafficStatus> => {
      if (program === null) throw new PlatformError("TRAFFIC_UNAVAILABLE");
      if (running !== null) throw new PlatformError("TRAFFIC_RUNNING");
      await authority.permit(actor, { action: "traffic.start", subject: "traffic", after: { seconds, rate } });
      // Another call may have started one while the audit event was written.
      if (status().endsAt !== null) throw new PlatformError("TRAFFIC_RUNNING");
      const [file, ...args] = program;
      const child = spawn(file, [...args, "--seconds", String(seconds), "--rate", String(rate)], {
        stdio: "ignore",
        timeout: seconds * 1_000 + overtimeMs,
      });
      const run = { child, endsAtMs: now() + seconds * 1_000 };
      running = run;
      const end = (): void => {
        if (running === run) running = null;
      };
      child.once("exit", end);
      child.once("error", end);
      return status();
    },
    /** Ends a run. */
    close: (): void => {
      running?.child.kill();
      running = null;
    },
  };
}
