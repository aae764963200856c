import type { ReactNode } from "react";

type Props = {
  title: string;
  /** Controls for the whole page: filter, actions. */
  children?: ReactNode;
};

/** The top bar of a page without metrics: title and page-wide controls. Sticky where there is room. */
export function PageBar({ title, children }: Props) {
  return (
    <div className="z-10 -mx-4 flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-ground px-4 py-2.5 sm:-mx-6 sm:px-6 md:sticky md:top-0 md:min-h-[53px]">
      <h1 className="text-base font-semibold">{title}</h1>
      {children}
    </div>
  );
}
