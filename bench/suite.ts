export type SuiteOptions = {
  /** Fewer and shorter rounds, only what decides a target; at most two minutes. */
  quick: boolean;
  /** Hears one line, or one table, at a time. */
  log: (text: string) => void;
};

export type SuiteResult = {
  /** Targets that held. */
  held: number;
  missed: number;
  /** All that was measured, as it goes into the file of `--json`. */
  report: unknown;
};

/** What each file in `bench/suites` exports, under the name `suite`. */
export type Suite = {
  name: string;
  /** One line for `--help`. */
  summary: string;
  quickSeconds: number;
  fullSeconds: number;
  /** Starts what it needs, measures, and leaves nothing running, however it ends. */
  run: (options: SuiteOptions) => Promise<SuiteResult>;
};
