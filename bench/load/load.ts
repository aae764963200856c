export type LoadOptions = {
  origin: string;
  /** A file with one path per line, requested in this order repeatedly. */
  pathsFile: string;
  connections: number;
  /** Whole ones. */
  seconds: number;
};

/** The results of a load generator. Statuses of 400 and above count as failures. */
export type LoadReport = {
  requests: number;
  failures: number;
  seconds: number;
  latencyMsP50: number;
  latencyMsP99: number;
};

/** A closed loop in a child process: each connection sends its next request after the previous response. */
export type LoadGenerator = {
  name: string;
  run: (options: LoadOptions) => Promise<LoadReport>;
  /** The program that `run` starts, for callers that control it. The last line it prints is its `LoadReport`. */
  command: (options: LoadOptions) => { file: string; args: string[] };
};
