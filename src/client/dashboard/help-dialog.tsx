import { Dialog } from "../ui/dialog";

const keys = [
  [".", "pause, and go live again"],
  ["j  k", "next row, row before"],
  ["Enter", "open the row"],
  ["Esc", "close"],
  ["t", "chart as a table, and back"],
  ["1 – 4", "5 m, 15 m, 1 h, 6 h"],
  ["← →", "through time, on the chart"],
  ["g e", "to the explorer"],
  ["?", "this list"],
] as const;

/** The keys that this page hears. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" shape="card" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-2">
        {keys.map(([key, meaning]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded-[3px] border border-line-strong px-1.5 py-0.5 font-mono text-xs whitespace-pre">
                {key}
              </kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
