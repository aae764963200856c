import type { Metadata } from "next";
import { Forbidden } from "@/admin/account/ui/forbidden";
import { AdminFrame } from "@/admin/frame/admin-frame";

export const metadata: Metadata = { title: "Not for your role", robots: { index: false, follow: false } };

/** Shown with status 403 in place of a page that needs a higher role than the reader's. */
export default function ForbiddenPage() {
  return (
    <AdminFrame>
      <Forbidden />
    </AdminFrame>
  );
}
