import { CircleCheck, Hourglass } from "lucide-react";
import { useEffect, useRef } from "react";
import type { CacheInvalidated, CacheInvalidateInput } from "../contract";
import { Button } from "@/ui/controls/button";
import { formatCount } from "@/ui/format/numbers";

type Props = {
  answer: CacheInvalidated;
  asked: { name: string; mode: CacheInvalidateInput["mode"]; wait: CacheInvalidateInput["wait"] };
  onAgain: () => void;
};

/** What became of an invalidation. */
export function Result({ answer, asked, onAgain }: Props) {
  const leave = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Where the button was that was pressed is nothing any more.
    leave.current?.querySelector("button")?.focus();
  }, []);
  const isApplied = answer.status === "applied";
  const Icon = isApplied ? CircleCheck : Hourglass;
  const done = asked.mode === "purge" ? "Purged" : "Expired";
  return (
    <div data-result={answer.status}>
      <div role="status" className="flex items-start gap-3">
        <Icon aria-hidden size={20} className={`mt-0.5 shrink-0 ${isApplied ? "text-good" : "text-watch"}`} />
        <div className="min-w-0">
          <p className="font-medium break-words">{isApplied ? `${done} ${asked.name}.` : `Queued: ${asked.name}.`}</p>
          <p className="mt-0.5 text-muted">
            {!isApplied
              ? "Redis did not answer. This node serves nothing of it from now on; the others hear of it as soon as Redis is back."
              : asked.wait === "fleet"
                ? "Every live node has applied it."
                : "This node has applied it; the others hear of it within a moment."}
          </p>
        </div>
      </div>
      <dl className="mt-4 grid grid-cols-[7rem_1fr] gap-y-1 border-t border-line pt-3 tabular-nums">
        <dt className="text-muted">Status</dt>
        <dd>{answer.status}</dd>
        <dt className="text-muted">Epoch</dt>
        <dd>{answer.epoch === null ? "none yet" : formatCount(answer.epoch)}</dd>
      </dl>
      <p className="caption mt-3">
        A line on the chart marks it for everybody within two seconds: watch what it costs.
      </p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onAgain}>Invalidate something else</Button>
        <form ref={leave} method="dialog">
          <Button type="submit" tone="primary">
            See the chart
          </Button>
        </form>
      </div>
    </div>
  );
}
