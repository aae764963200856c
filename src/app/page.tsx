import { Suspense } from "react";
import { Explorer } from "@/features/cities/ui/explorer";
import { SiteFrame } from "@/ui/site-frame";

export default function ExplorerPage() {
  return (
    <SiteFrame current="/">
      <Suspense>
        <Explorer />
      </Suspense>
    </SiteFrame>
  );
}
