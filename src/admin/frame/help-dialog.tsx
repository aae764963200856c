"use client";

import { Dialog } from "@/ui/feedback/dialog";
import { listShortcuts } from "@/ui/hooks/use-shortcuts";

const keyNames: Readonly<Record<string, string>> = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

function Keys({ keys }: { keys: string }) {
  return keys.split(" ").map((key) => (
    <kbd key={key} className="mr-1 rounded-[3px] border border-line-strong px-1.5 py-0.5 font-mono text-xs">
      {keyNames[key] ?? key}
    </kbd>
  ));
}

/** All shortcuts of the current page. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const all = listShortcuts();
  const isNavigation = ({ keys }: { keys: string }): boolean => keys.startsWith("g ");
  const lists = [
    ["This page", all.filter((shortcut) => !isNavigation(shortcut))],
    ["Go to", all.filter(isNavigation)],
  ] as const;
  return (
    <Dialog title="Keyboard shortcuts" shape="card" onClose={onClose}>
      {lists.map(([title, shortcuts]) => (
        <section key={title} className="mb-4 last:mb-0">
          <h3 className="caption mb-1.5">{title}</h3>
          <dl className="grid grid-cols-[5.5rem_1fr] items-baseline gap-x-3 gap-y-1.5">
            {shortcuts.map(({ keys, does }) => (
              <div key={keys} className="contents">
                <dt>
                  <Keys keys={keys} />
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
