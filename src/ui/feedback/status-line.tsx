import { Check } from "lucide-react";

/** The result of the last action, visible and announced to screen readers. */
export function StatusLine({ text, className = "" }: { text: string | null; className?: string }) {
  return (
    <p role="status" className={`flex items-start gap-1.5 ${className}`}>
      {text === null ? null : (
        <>
          <Check aria-hidden size={15} className="mt-0.5 shrink-0 text-good" />
          <span>{text}</span>
        </>
      )}
    </p>
  );
}
