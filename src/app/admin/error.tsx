"use client";

import { PageFailure, type PageFailureProps } from "@/ui/feedback/page-failure";

/** Within the dashboard's frame, which goes on working. */
export default function DashboardError(props: PageFailureProps) {
  return <PageFailure {...props} />;
}
