"use client";

import { Button } from "../controls/button";

export type PageFailureProps = { error: Error & { digest?: string }; reset: () => void };

/** Stands in the place of a page whose drawing failed. */
export function PageFailure({ error, reset }: PageFailureProps) {
  return (
    <div className="py-16" role="alert">
      <h1 className="text-2xl font-semibold tracking-tight">This page could not be shown</h1>
      <p className="mt-2 text-muted">
        The server log has the reason{error.digest === undefined ? "." : ` under ${error.digest}.`}
      </p>
      <Button className="mt-4" onClick={reset}>
        Try again
      </Button>
    </div>
  );
}
