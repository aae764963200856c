import { Suspense } from "react";
import { Explorer } from "@/client/explorer/explorer";
import { SiteFrame } from "@/client/ui/site-frame";

export default function ExplorerPage() {
  return (
    <SiteFrame current="/">
      <Suspense>
        <Explorer />
      </Suspense>
    </SiteFrame>
  );
}
