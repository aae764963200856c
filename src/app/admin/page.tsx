import { Suspense } from "react";
import { Dashboard } from "@/client/dashboard/dashboard";

export default function DashboardPage() {
  return (
    <Suspense>
      <Dashboard />
    </Suspense>
  );
}
