/** Holds the place of what is still to come. Hidden from those who listen: the region says that it is busy. */
export function Skeleton({ className = "" }: { className?: string }) {
  return <span aria-hidden className={`block animate-breathe rounded-[3px] bg-sunken ${className}`} />;
}
