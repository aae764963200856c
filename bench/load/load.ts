export type LoadOptions = {
  origin: string;
  /** A file with one path per line; they are asked for in this order, again and again. */
  pathsFile: string;
  connections: number;
  /** Whole ones. */
  seconds: number;
};

/** What a load generator saw. Answers with a status of 400 and above are failures too. */
export type LoadReport = {
  requests: number;
  failures: number;
  seconds: number;
  latencyMsP50: number;
  latencyMsP99: number;
};

/** A closed loop in a process of its own: each connection sends its next request when its last one was answered. */
export type LoadGenerator = {
  name: string;
  run: (options: LoadOptions) => Promise<LoadReport>;
  /** The program that `run` starts, for who has a hand on it meanwhile. The last line it prints is its `LoadReport`. */
  command: (options: LoadOptions) => { file: string; args: string[] };
};
