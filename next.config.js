// @ts-check
// Imported for its check of the environment: a build with a broken one says so first.
import "./src/env.js";

/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  // The engines are TypeScript sources of this repository.
  transpilePackages: [
    "@weir/cache",
    "@weir/client",
    "@weir/core",
    "@weir/query-advisor",
    "@weir/telemetry",
    "@weir/trpc-node",
  ],
  reactStrictMode: true,
  // Types are the duty of `npm run check`; checking them here again would double the time of a build.
  typescript: { ignoreBuildErrors: true },
  // The image optimiser is a door to the disk and to other hosts, and no page needs it.
  images: { unoptimized: true },
  // Links that were shared before the page was renamed.
  redirects: () => [{ source: "/admin/people", destination: "/admin/users", permanent: true }],
  // Pages and their assets are few and cached by the browser; API answers never pass through Next.
  compress: true,
  allowedDevOrigins: ["127.0.0.1", "localhost"],
};
