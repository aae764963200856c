import type { Metadata } from "next";
import { Suspense } from "react";
import { Users } from "@/admin/users/ui/users";

export const metadata: Metadata = { title: "Users" };

export default function UsersPage() {
  return (
    <Suspense>
      <Users />
    </Suspense>
  );
}
