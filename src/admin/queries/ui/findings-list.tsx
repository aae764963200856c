import { CircleCheck, Eye, type LucideIcon, OctagonAlert } from "lucide-react";
import type { Finding } from "./findings";

const looks: Readonly<Record<Finding["level"], { Icon: LucideIcon; word: string; color: string }>> = {
  healthy: { Icon: CircleCheck, word: "Healthy", color: "text-good" },
  watch: { Icon: Eye, word: "Warning", color: "text-watch" },
  act: { Icon: OctagonAlert, word: "Critical", color: "text-act" },
};

type Props = { findings: readonly Finding[]; onEvidence: (evidence: Finding["evidence"]) => void };

/** What to know first, each sentence a button that opens its evidence. */
export function FindingsList({ findings, onEvidence }: Props) {
  if (findings.length === 0) return null;
  return (
    <ul aria-label="Findings" className="grid gap-x-10 md:grid-cols-2">
      {findings.map(({ id, level, sentence, rule, evidence }) => {
        const { Icon, word, color } = looks[level];
        return (
          <li key={id} data-finding={id} data-level={level} className="flex gap-2.5 border-t border-line py-2">
            <Icon aria-hidden size={15} strokeWidth={2} className={`mt-0.5 shrink-0 ${color}`} />
            <div className="min-w-0">
              <button
                type="button"
                className="text-left tabular-nums [overflow-wrap:anywhere] hover:underline"
                onClick={() => onEvidence(evidence)}
              >
                <span className={`font-medium ${color}`}>{word}</span>
                <span>{`: ${sentence}`}</span>
              </button>
              <p className="caption">{rule}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
