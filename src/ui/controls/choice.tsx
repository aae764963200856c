import { useId } from "react";
import { useIsHydrated } from "../hooks/use-is-hydrated";

export type Option<Value extends string> = {
  value: Value;
  label: string;
  /** The effect, in one sentence. */
  meaning?: string;
};

type ChoiceProps<Value extends string> = {
  legend: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose: (value: Value) => void;
};

/** A choice between a few explained options: radio buttons as rows. */
export function Choice<Value extends string>({ legend, options, chosen, onChoose }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{legend}</legend>
      <div className="divide-y divide-line rounded border border-line">
        {options.map(({ value, label, meaning }) => (
          <label key={value} className="flex cursor-pointer items-start gap-2.5 px-2.5 py-2 has-checked:bg-accent-soft">
            <input
              type="radio"
              name={name}
              value={value}
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span className="min-w-0">
              <span className="block font-medium">{label}</span>
              {meaning === undefined ? null : <span className="caption block">{meaning}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type SegmentsProps<Value extends string> = {
  legend: string;
  options: readonly { value: Value; label: string }[];
  /** Null when the choice was made elsewhere. */
  chosen: Value | null;
  onChoose: (value: Value) => void;
  className?: string;
};

/** A choice between a few self-explanatory options, side by side. */
export function Segments<Value extends string>({
  legend,
  options,
  chosen,
  onChoose,
  className = "",
}: SegmentsProps<Value>) {
  const isHydrated = useIsHydrated();
  return (
    <fieldset className={`flex w-fit rounded border border-line p-px ${className}`}>
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value, label }) => (
        <button
          // A click before hydration would be lost.
          disabled={!isHydrated}
          key={value}
          type="button"
          aria-pressed={chosen === value}
          className="h-7 min-w-9 flex-1 rounded-[3px] px-2 whitespace-nowrap text-muted tabular-nums hover:text-ink aria-pressed:bg-sunken aria-pressed:font-medium aria-pressed:text-ink"
          onClick={() => onChoose(value)}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
