import type { Metadata } from "next";
import { Suspense } from "react";
import { Account } from "@/admin/account/ui/account";

export const metadata: Metadata = { title: "Account" };

export default function AccountPage() {
  return (
    <Suspense>
      <Account />
    </Suspense>
  );
}
