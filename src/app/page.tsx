import { Suspense } from "react";
import { Explorer } from "@/client/explorer/explorer";

export default function ExplorerPage() {
  return (
    <Suspense>
      <Explorer />
    </Suspense>
  );
}
