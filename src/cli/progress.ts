import { progressBar } from "./progress-bar";

type Output = { isTTY?: boolean; write: (text: string) => unknown };

export type Progress = {
  update: (done: number, total: number) => void;
  /** Ends the line; safe to call when nothing was shown. */
  end: () => void;
};

/** Shows long work: one line redrawn in place on a terminal, else a line for each quarter done. */
export function showProgress(label: string, output: Output): Progress {
  let shown = false;
  let quarter = -1;
  return {
    update: (done, total) => {
      if (output.isTTY === true) {
        output.write(`\r${progressBar(label, done, total)}`);
        shown = true;
        return;
      }
      const reached = total === 0 ? 4 : Math.floor((done / total) * 4);
      if (reached === quarter) return;
      quarter = reached;
      output.write(`${progressBar(label, done, total)}\n`);
    },
    end: () => {
      if (shown) output.write("\n");
      shown = false;
    },
  };
}
