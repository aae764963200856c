import { useSearchParams } from "next/navigation";
import { withView } from "./view";

/** Makes links to other pages of the dashboard keep the current view. For the pages, not for what surrounds them. */
export function useViewLink(): (href: string) => string {
  const search = useSearchParams();
  return (href) => (href.startsWith("/admin") ? withView(href, search) : href);
}
