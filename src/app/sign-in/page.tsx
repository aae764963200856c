import type { Metadata } from "next";
import { SignIn } from "@/admin/sign-in/ui/sign-in";
import { SiteFrame } from "../site-frame";

export const metadata: Metadata = { title: "Sign in", robots: { index: false, follow: false } };

export default function SignInPage() {
  return (
    <SiteFrame>
      <SignIn />
    </SiteFrame>
  );
}
