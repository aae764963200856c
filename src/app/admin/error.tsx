"use client";

import { PageFailure, type PageFailureProps } from "@/ui/feedback/page-failure";

/** Rendered within the dashboard's frame, which keeps working. */
export default function DashboardError(props: PageFailureProps) {
  return <PageFailure {...props} />;
}
