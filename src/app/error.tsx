"use client";

import { PageFailure, type PageFailureProps } from "@/ui/page-failure";
import { SiteFrame } from "@/ui/site-frame";

export default function PageError(props: PageFailureProps) {
  return (
    <SiteFrame>
      <PageFailure {...props} />
    </SiteFrame>
  );
}
