import { Suspense } from "react";
import { Explorer } from "@/features/cities/ui/explorer";
import { SiteFrame } from "./site-frame";

export default function ExplorerPage() {
  return (
    <SiteFrame current="/">
      <Suspense>
        <Explorer />
      </Suspense>
    </SiteFrame>
  );
}
