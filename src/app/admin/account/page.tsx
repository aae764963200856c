import type { Metadata } from "next";
import { Suspense } from "react";
import { Account } from "@/client/account/account";

export const metadata: Metadata = { title: "Account" };

export default function AccountPage() {
  return (
    <Suspense>
      <Account />
    </Suspense>
  );
}
