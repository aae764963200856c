/** The logo: a weir in section, with the water stepping down one sill. */
export function Mark({ className = "" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className} fill="none">
      <path
        d="M3 10.5h10.2c2.6 0 3.7 1.2 4.4 3.4l1.5 4.6c.7 2.2 1.9 3.5 4.5 3.5H29"
        stroke="var(--accent)"
        strokeWidth="3.2"
        strokeLinecap="round"
      />
      <path d="M10 16.2h2.6l3.2 10.3H10z" fill="currentColor" />
    </svg>
  );
}
