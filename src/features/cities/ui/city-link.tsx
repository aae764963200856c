import type { MouseEvent, ReactNode } from "react";

type Props = {
  id: number;
  onPick: (id: number) => void;
  onHighlight?: (id: number | null) => void;
  className?: string;
  children: ReactNode;
};

/** Leads to a city. A plain press stays on the page; any other (a new tab, say) follows the link as the browser does. */
export function CityLink({ id, onPick, onHighlight, className = "", children }: Props) {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onPick(id);
  };
  return (
    <a
      href={`/?city=${id}`}
      className={className}
      onClick={follow}
      onPointerEnter={() => onHighlight?.(id)}
      onFocus={() => onHighlight?.(id)}
      onBlur={() => onHighlight?.(null)}
    >
      {children}
    </a>
  );
}
