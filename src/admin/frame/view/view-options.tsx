"use client";

import { GitCompareArrows, SlidersHorizontal } from "lucide-react";
import { Menu } from "@/ui/controls/menu";
import type { View } from "./use-view";

type OptionProps = { isOn: boolean; onChange: (isOn: boolean) => void; label: string; about: string };

function Option({ isOn, onChange, label, about }: OptionProps) {
  return (
    <label className="grid max-w-80 cursor-pointer grid-cols-[auto_1fr] items-start gap-x-2.5 px-3 py-1.5 hover:bg-sunken">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
      <span className="caption col-start-2">{about}</span>
    </label>
  );
}

const squareLook = "grid size-8 shrink-0 place-items-center rounded border border-line hover:bg-sunken hover:text-ink";

/** The comparison as a button where there is room, and the rarer options in a menu. */
export function ViewOptions({ view, canCompare }: { view: View; canCompare: boolean }) {
  return (
    <>
      {canCompare ? (
        <button
          type="button"
          aria-label="Compare with the previous period"
          aria-keyshortcuts="="
          title="Compare with the previous period (=)"
          aria-pressed={view.compare}
          className={`${squareLook} text-muted aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent max-md:hidden`}
          onClick={() => view.setCompare(!view.compare)}
        >
          <GitCompareArrows aria-hidden size={14} />
        </button>
      ) : null}
      <Menu
        label="Options"
        triggerClassName={`${squareLook} ${view.includeAdmin ? "bg-sunken text-ink" : "text-muted"}`}
        trigger={<SlidersHorizontal aria-hidden size={14} />}
      >
        {canCompare ? (
          <Option
            isOn={view.compare}
            onChange={view.setCompare}
            label="Compare with the previous period"
            about="Shows the change since the period of the same length before this one."
          />
        ) : null}
        <Option
          isOn={view.includeAdmin}
          onChange={view.setIncludesAdmin}
          label="Include dashboard and background traffic"
          about="Excluded by default, so that viewing the dashboard does not change its metrics."
        />
      </Menu>
    </>
  );
}
