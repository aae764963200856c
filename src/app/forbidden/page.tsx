import type { Metadata } from "next";
import { Forbidden } from "@/admin/account/ui/forbidden";
import { AdminFrame } from "@/admin/frame/admin-frame";

export const metadata: Metadata = { title: "Access denied", robots: { index: false, follow: false } };

/** Shown with status 403 instead of a page that requires a higher role. */
export default function ForbiddenPage() {
  return (
    <AdminFrame>
      <Forbidden />
    </AdminFrame>
  );
}
