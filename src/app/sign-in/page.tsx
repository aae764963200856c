import type { Metadata } from "next";
import { SignIn } from "@/client/sign-in/sign-in";
import { SiteFrame } from "@/client/ui/site-frame";

export const metadata: Metadata = { title: "Sign in", robots: { index: false, follow: false } };

export default function SignInPage() {
  return (
    <SiteFrame>
      <SignIn />
    </SiteFrame>
  );
}
