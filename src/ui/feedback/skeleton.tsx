/** A placeholder for content that is loading. Hidden from screen readers: the region around it is marked busy. */
export function Skeleton({ className = "" }: { className?: string }) {
  return <span aria-hidden className={`block animate-breathe rounded-[3px] bg-sunken ${className}`} />;
}
