import { Suspense } from "react";
import { Dashboard } from "@/admin/overview/ui/dashboard";

export default function DashboardPage() {
  return (
    <Suspense>
      <Dashboard />
    </Suspense>
  );
}
