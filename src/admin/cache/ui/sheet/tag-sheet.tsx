"use client";

import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { OutcomeBar } from "@/admin/overview/ui/tables/cells";
import { Dialog } from "@/ui/feedback/dialog";
import { formatCount } from "@/ui/format/numbers";
import { When } from "@/ui/format/when";
import { useTRPC } from "@/ui/rpc/provider";
import { InvalidateButton } from "../invalidate-button";
import { membersOf, type TagRow } from "../table/cache-rows";
import { noTarget, type TargetDraft } from "../target";
import { InvalidationList, NoRows, SheetPart, Trend } from "./sheet-parts";

type Props = {
  family: string;
  /** Undefined while it loads, and for a family that neither has reads nor entries. */
  row: TagRow | undefined;
  onInvalidate: (target: TargetDraft) => void;
  onClose: () => void;
};

const countOrNone = (count: number | null): string => (count === null ? "–" : formatCount(count));

/** One family of tags: its trend, its busiest members, each of which can be invalidated, and their invalidations. */
export function TagSheet({ family, row, onInvalidate, onClose }: Props) {
  const members = row === undefined ? [] : membersOf(row);
  const metrics = row?.metrics ?? null;
  return (
    <Dialog title={family} shape="sheet" onClose={onClose}>
      {metrics === null ? null : <OutcomeBar outcomes={metrics.outcomes} className="mb-5" />}
      <Trend kind="tag" name={family} />
      <SheetPart title="Busiest tags" note="reads are sampled">
        {members.length === 0 ? (
          <NoRows>No tag of this family was read in this range.</NoRows>
        ) : (
          <table className="w-full table-fixed text-[13px]">
            <caption className="sr-only">{`Busiest tags of ${family}`}</caption>
            <thead className="caption">
              <tr>
                <th scope="col" className="py-1 text-left font-normal">
                  Tag
                </th>
                <th scope="col" className="w-20 py-1 text-right font-normal">
                  Reads
                </th>
                <th scope="col" className="w-20 py-1 text-right font-normal">
                  Entries
                </th>
                <th scope="col" className="w-28 py-1 text-right font-normal">
                  Invalidated
                </th>
                <td className="w-9">
                  <span className="sr-only">Actions</span>
                </td>
              </tr>
            </thead>
            <tbody>
              {members.map(({ tag, reads, entries, invalidatedAt }) => (
                <tr key={tag} className="border-t border-line tabular-nums">
                  <th scope="row" className="h-8 truncate text-left font-mono text-[12.5px] font-normal" title={tag}>
                    {tag}
                  </th>
                  <td className="text-right">{countOrNone(reads)}</td>
                  <td className="text-right">{countOrNone(entries)}</td>
                  <td className="text-right">{invalidatedAt === null ? "–" : <When at={invalidatedAt} />}</td>
                  <td className="pl-2 text-right align-middle">
                    <InvalidateButton
                      isCompact
                      label={`Invalidate ${tag}…`}
                      onOpen={() => onInvalidate({ ...noTarget, kind: "tags", tags: tag })}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </SheetPart>
      <Invalidations family={family} />
    </Dialog>
  );
}

function Invalidations({ family }: { family: string }) {
  const trpc = useTRPC();
  const { filter } = useView();
  const { data } = useLive(trpc.insights.series.queryOptions(filter));
  if (data === undefined) return null;
  const beginning = family.replace(/\*$/u, "");
  // The targets are words: `tag city:7`, `tags city:7, city:8`.
  const isMine = (target: string): boolean =>
    target === "everything" || target.split(/[\s,]+/u).some((word) => word.startsWith(beginning));
  return (
    <SheetPart title="Invalidations by users and commands">
      <InvalidationList marks={data.marks?.filter(({ target }) => isMine(target)) ?? null} of="these tags" />
    </SheetPart>
  );
}
