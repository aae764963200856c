import { CircleCheck, CircleDashed, Eye, type LucideIcon, OctagonAlert } from "lucide-react";
import Link from "next/link";
import { pageLinks } from "@/admin/frame/links";
import { useViewLink } from "@/admin/frame/view/use-view-link";
import type { EvidenceLink, SentencePart, Verdict, VerdictLevel } from "@/admin/insights/contract/overview";
import { formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";

const looks: Readonly<Record<VerdictLevel, { Icon: LucideIcon; word: string; color: string }>> = {
  healthy: { Icon: CircleCheck, word: "healthy", color: "text-good" },
  watch: { Icon: Eye, word: "warning", color: "text-watch" },
  act: { Icon: OctagonAlert, word: "critical", color: "text-act" },
  unknown: { Icon: CircleDashed, word: "unknown", color: "text-muted" },
};

/** The page with the evidence, and the row in it that decides. */
export function evidenceHref({ section, name }: EvidenceLink): string {
  switch (section) {
    case "outcomes":
      return pageLinks.outcomes();
    case "procedures":
      return name === null ? pageLinks.procedures() : pageLinks.procedure(name);
    case "statements":
      return name === null ? pageLinks.statements() : pageLinks.statement(name);
    case "nodes":
      return name === null ? pageLinks.nodes() : pageLinks.node(name);
  }
}

/** The verdicts as sentences with icon, word and colour; each links to its evidence and states its rule. */
export function VerdictList({ verdicts }: { verdicts: readonly Verdict[] }) {
  const toView = useViewLink();
  return (
    <ul className="grid gap-x-10 md:grid-cols-2" aria-label="Verdicts">
      {verdicts.map(({ subject, level, sentence, rule, link }) => {
        const { Icon, word, color } = looks[level];
        return (
          <li key={subject} data-verdict={subject} className="flex gap-2.5 border-t border-line py-2">
            <Icon aria-hidden size={15} strokeWidth={2} className={`mt-0.5 shrink-0 ${color}`} />
            <div className="min-w-0">
              <p className="tabular-nums">
                <Link
                  href={toView(evidenceHref(link))}
                  prefetch={false}
                  className="font-medium underline decoration-line-strong underline-offset-2 hover:decoration-current"
                >
                  <span>{`${subject} `}</span>
                  <span className={color}>{word}</span>
                </Link>
                <span>{`: ${readSentence(sentence)}`}</span>
              </p>
              <p className="caption">{rule}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function readPart(part: SentencePart): string {
  if (typeof part === "string") return part;
  if ("count" in part) return formatCount(part.count);
  if ("durationMs" in part) return readAloud(formatDuration(part.durationMs));
  return "ratio" in part ? readAloud(formatShare(part.ratio)) : part.name;
}

/** The sentence with its numbers formatted. */
export function readSentence(parts: readonly SentencePart[]): string {
  return parts.map(readPart).join("");
}
