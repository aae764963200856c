"use client";

import { Button } from "../controls/button";

export type PageFailureProps = { error: Error & { digest?: string }; reset: () => void };

/** Replaces a page that failed to render. */
export function PageFailure({ error, reset }: PageFailureProps) {
  return (
    <div className="py-16" role="alert">
      <h1 className="text-2xl font-semibold tracking-tight">This page could not be displayed</h1>
      <p className="mt-2 text-muted">
        {`See the server log for the reason${error.digest === undefined ? "." : ` (reference ${error.digest}).`}`}
      </p>
      <Button className="mt-4" onClick={reset}>
        Try again
      </Button>
    </div>
  );
}
