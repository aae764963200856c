import { type InputHTMLAttributes, type ReactNode, useId } from "react";

type Props = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  /** The expected input, shown before the user types. */
  hint?: ReactNode;
  /** The validation error; null if there is none. */
  problem?: string | null;
  /** Shown inside the field at its right end. */
  addon?: ReactNode;
};

/** The look of inputs and selects, except their size. The font is large enough that phones do not zoom in. */
export const fieldLook =
  "rounded border border-line-strong bg-raised text-base sm:text-sm placeholder:text-muted aria-invalid:border-act disabled:text-muted";

/** A labelled text field; its hint and error are announced with it. */
export function Field({ label, hint, problem = null, addon, className = "", id, ...input }: Props) {
  const ownId = useId();
  const fieldId = id ?? ownId;
  const hintId = `${fieldId}-hint`;
  const problemId = `${fieldId}-problem`;
  const describedBy = [hint === undefined ? "" : hintId, problem === null ? "" : problemId].filter(
    (part) => part !== "",
  );
  return (
    <div className={className}>
      <label htmlFor={fieldId} className="mb-1 block font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={fieldId}
          className={`h-9 w-full pl-2.5 ${fieldLook} ${addon === undefined ? "pr-2.5" : "pr-11"}`}
          aria-describedby={describedBy.length === 0 ? undefined : describedBy.join(" ")}
          aria-invalid={problem === null ? undefined : true}
          {...input}
        />
        {addon === undefined ? null : <div className="absolute inset-y-0 right-0 flex items-center pr-1">{addon}</div>}
      </div>
      {hint === undefined ? null : (
        <p id={hintId} className="caption mt-1">
          {hint}
        </p>
      )}
      {problem === null ? null : (
        <p id={problemId} className="mt-1 text-[13px] text-act">
          {problem}
        </p>
      )}
    </div>
  );
}

/** The value of the form field with this name; empty if there is none. */
export function fieldText(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}
