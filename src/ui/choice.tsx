import { useId } from "react";

export type Option<Value extends string> = {
  value: Value;
  label: string;
  /** What choosing it means, in one sentence. */
  meaning?: string;
};

type Props<Value extends string> = {
  legend: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose: (value: Value) => void;
};

/** One of a few, each explained: radio buttons as rows. */
export function Choice<Value extends string>({ legend, options, chosen, onChoose }: Props<Value>) {
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
