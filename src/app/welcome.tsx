import Link from "next/link";

/** Stands at `/` until a feature has a page there. */
export function Welcome() {
  return (
    <section className="max-w-prose pt-10">
      <h1 className="text-xl font-semibold tracking-tight">Weir is running</h1>
      <p className="mt-3 text-muted">
        No feature has a page at this address yet. Add a folder to src/features and list it in src/features/index.ts;
        CONTRIBUTING.md walks through it.
      </p>
      <p className="mt-3">
        <Link href="/admin" prefetch={false} className="text-accent underline underline-offset-2">
          Open the dashboard
        </Link>
      </p>
    </section>
  );
}
