import { Explorer } from "./explorer";

export default function ExplorerPage() {
  return <Explorer />;
}
