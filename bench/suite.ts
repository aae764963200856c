export type SuiteOptions = {
  /** Fewer and shorter rounds, only measurements with a target; at most two minutes. */
  quick: boolean;
  /** Called with one line, or one table, at a time. */
  log: (text: string) => void;
};

export type SuiteResult = {
  /** Targets that held. */
  held: number;
  missed: number;
  /** All measurements, as written to the file of `--json`. */
  report: unknown;
};

/** The export `suite` of each file in `bench/suites`. */
export type Suite = {
  name: string;
  /** One line for `--help`. */
  summary: string;
  quickSeconds: number;
  fullSeconds: number;
  /** Starts what it needs, measures, and leaves nothing running, even on failure. */
  run: (options: SuiteOptions) => Promise<SuiteResult>;
};
