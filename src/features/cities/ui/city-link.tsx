import type { MouseEvent, ReactNode } from "react";

type Props = {
  id: number;
  onPick: (id: number) => void;
  onHighlight?: (id: number | null) => void;
  className?: string;
  children: ReactNode;
};

/** Links to a city. A plain click stays on the page; a click with a modifier key is left to the browser. */
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
