import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AdminFrame } from "@/admin/frame/admin-frame";

export const metadata: Metadata = {
  title: "Dashboard",
  robots: { index: false, follow: false },
};

/** Rendered per request, with the nonce of its content security policy (docs/decisions/0021). */
export const dynamic = "force-dynamic";

export default function AdminLayout({ children }: { children: ReactNode }) {
  return <AdminFrame>{children}</AdminFrame>;
}
