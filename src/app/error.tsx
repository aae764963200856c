"use client";

import { PageFailure, type PageFailureProps } from "@/client/ui/page-failure";
import { SiteFrame } from "@/client/ui/site-frame";

export default function PageError(props: PageFailureProps) {
  return (
    <SiteFrame>
      <PageFailure {...props} />
    </SiteFrame>
  );
}
