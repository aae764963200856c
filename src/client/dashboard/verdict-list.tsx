import { CircleCheck, CircleDashed, Eye, type LucideIcon, OctagonAlert } from "lucide-react";
import type { Verdict, VerdictLevel } from "./verdicts";

const looks: Readonly<Record<VerdictLevel, { Icon: LucideIcon; word: string; color: string }>> = {
  healthy: { Icon: CircleCheck, word: "healthy", color: "text-good" },
  watch: { Icon: Eye, word: "watch", color: "text-watch" },
  act: { Icon: OctagonAlert, word: "act", color: "text-act" },
  unknown: { Icon: CircleDashed, word: "not known", color: "text-muted" },
};

/** Judgements in sentences: icon, word and colour together, each leading to its evidence, with its rule beside it. */
export function VerdictList({ verdicts }: { verdicts: readonly Verdict[] }) {
  return (
    <ul className="grid gap-x-10 md:grid-cols-2" aria-label="Verdicts">
      {verdicts.map(({ subject, level, sentence, rule, evidenceId }) => {
        const { Icon, word, color } = looks[level];
        return (
          <li key={subject} data-verdict={subject} className="flex gap-2.5 border-t border-line py-2">
            <Icon aria-hidden size={15} strokeWidth={2} className={`mt-0.5 shrink-0 ${color}`} />
            <div className="min-w-0">
              <p className="tabular-nums">
                <a href={`#${evidenceId}`} className="font-medium hover:underline">
                  {subject} <span className={color}>{word}</span>
                </a>
                : {sentence}
              </p>
              <p className="caption">{rule}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
