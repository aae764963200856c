import { type ReactNode, useId } from "react";

/** A section of a page: title and description on the left where there is room, the content next to them. */
export function PageSection({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="grid gap-x-10 gap-y-3 border-b border-line py-6 last:border-b-0 lg:grid-cols-[16rem_1fr]"
    >
      <div>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {about === undefined ? null : <div className="caption mt-1 max-w-sm">{about}</div>}
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
