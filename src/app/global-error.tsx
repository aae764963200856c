"use client";

/** Replaces the root layout when it fails, so it relies on nothing else. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body style={{ fontFamily: "system-ui, sans-serif", padding: "4rem 1.5rem", colorScheme: "light dark" }}>
        <title>Error · Weir</title>
        <h1>This page could not be displayed</h1>
        <p>Reload it, or try again.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  );
}
