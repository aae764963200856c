"use client";

import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { LiveSection } from "@/admin/frame/view/live-section";
import { Segments } from "@/ui/controls/choice";
import { Dialog } from "@/ui/feedback/dialog";
import { useTRPC } from "@/ui/rpc/provider";
import { AdvicePanel } from "../indexes/advice-panel";
import type { SheetTab } from "../queries-state";
import { PlanSection } from "./plan-section";
import { SqlText } from "./sql-text";
import { TimingSection } from "./timing-section";

const tabs = [
  { value: "timing", label: "Timing" },
  { value: "plan", label: "Plan" },
  { value: "indexes", label: "Indexes" },
] as const;

type Props = {
  name: string;
  tab: SheetTab;
  onTab: (tab: SheetTab) => void;
  onClose: () => void;
};

/** Everything known about one statement. */
export function StatementSheet({ name, tab, onTab, onClose }: Props) {
  const trpc = useTRPC();
  const { filter } = useView();
  const shown = useLive(trpc.insights.statement.queryOptions({ ...filter, name }));
  const text = shown.data?.text ?? null;
  return (
    <Dialog title={name} shape="wideSheet" onClose={onClose}>
      {text === null ? null : <SqlText sql={text} name="statement" label="SQL, with placeholders" />}
      <Segments
        legend="About the statement"
        options={tabs}
        chosen={tab}
        onChoose={onTab}
        className="my-4 [&>button]:flex-auto"
      />
      {tab === "timing" ? (
        <LiveSection live={shown}>{(data) => <TimingSection statement={data} />}</LiveSection>
      ) : tab === "plan" ? (
        <PlanSection name={name} text={text} />
      ) : (
        <AdvicePanel statement={name} />
      )}
    </Dialog>
  );
}
