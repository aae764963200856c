"use client";

import { PageFailure, type PageFailureProps } from "@/ui/feedback/page-failure";
import { SiteFrame } from "./site-frame";

export default function PageError(props: PageFailureProps) {
  return (
    <SiteFrame>
      <PageFailure {...props} />
    </SiteFrame>
  );
}
