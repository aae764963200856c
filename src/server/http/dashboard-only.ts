import { isFeaturePage, withoutFeatures } from "@/server/auth/page-guard";
import type { Pages } from "./guarded-pages";

const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** The pages of a node with `--role dashboard`: `/` leads to the dashboard, and pages of features do not exist. */
export function onlyDashboard(pages: Pages): Pages {
  return async (req, res) => {
    const [path = "/"] = (req.url ?? "/").split(/[?#]/, 1);
    if (path === "/") return void res.writeHead(307, { ...text, location: "/admin" }).end("The dashboard: /admin\n");
    if (isFeaturePage(path)) return void res.writeHead(404, text).end("This node serves the dashboard only.\n");
    req.headers[withoutFeatures] = "1";
    await pages(req, res);
  };
}
