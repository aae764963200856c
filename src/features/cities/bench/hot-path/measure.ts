import type { LoadGenerator } from "../../../../../bench/load/load";
import { cpuTimeMs } from "../../../../../bench/process/cpu-time";
import type { ServerProcess } from "../../../../../bench/process/server-process";

/** One server under load for a moment. */
export type Sample = {
  requests: number;
  seconds: number;
  /** CPU time of the server with its threads and children; not of Postgres, Redis and the load generator. */
  cpuMs: number;
  requestsPerCpuSecond: number;
  requestsPerSecond: number;
  latencyMsP50: number;
  latencyMsP99: number;
};

export const connections = 64;

/** A stalled machine leaves nothing to divide by. */
const fewestRequests = 10;
const mostAttempts = 5;

/**
 * Puts a server under load and measures its CPU time before and after. Repeats when hardly any request was answered.
 * Throws when a request failed.
 */
export async function measure(
  options: {
    generator: LoadGenerator;
    server: ServerProcess;
    pathsFile: string;
    seconds: number;
    log: (text: string) => void;
  },
  attempt = 1,
): Promise<Sample> {
  const { generator, server, pathsFile, seconds, log } = options;
  const before = cpuTimeMs(server.pid);
  const report = await generator.run({ origin: server.origin, pathsFile, connections, seconds });
  const cpuMs = cpuTimeMs(server.pid) - before;
  if (report.requests < fewestRequests) {
    const text = `${server.name} answered ${report.requests} requests in ${seconds} s`;
    if (attempt === mostAttempts) throw new Error(`${text}, ${mostAttempts} times in a row.`);
    log(`${text}; measuring again.`);
    return measure(options, attempt + 1);
  }
  if (report.failures > 0) {
    throw new Error(`${server.name}: ${report.failures} of ${report.requests} requests failed under load.`);
  }
  return {
    requests: report.requests,
    seconds: report.seconds,
    cpuMs,
    requestsPerCpuSecond: (report.requests / cpuMs) * 1000,
    requestsPerSecond: report.requests / report.seconds,
    latencyMsP50: report.latencyMsP50,
    latencyMsP99: report.latencyMsP99,
  };
}
