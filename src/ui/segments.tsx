type Props<Value extends string> = {
  legend: string;
  options: readonly { value: Value; label: string }[];
  chosen: Value;
  onChoose: (value: Value) => void;
  className?: string;
};

/** One of a few that need no explanation, side by side. */
export function Segments<Value extends string>({ legend, options, chosen, onChoose, className = "" }: Props<Value>) {
  return (
    <fieldset className={`flex w-fit rounded border border-line p-px ${className}`}>
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value, label }) => (
        <button
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
