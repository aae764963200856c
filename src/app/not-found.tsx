import type { Metadata } from "next";
import Link from "next/link";
import { SiteFrame } from "./site-frame";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <SiteFrame>
      <div className="py-16">
        <h1 className="text-2xl font-semibold tracking-tight">Page not found</h1>
        <p className="mt-2 text-muted">
          Go to the{" "}
          <Link className="text-accent underline underline-offset-2" href="/">
            home page
          </Link>{" "}
          or the{" "}
          <Link className="text-accent underline underline-offset-2" href="/admin" prefetch={false}>
            dashboard
          </Link>
          .
        </p>
      </div>
    </SiteFrame>
  );
}
