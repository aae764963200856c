import { resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../../..");

/** @type {import("next").NextConfig} */
export default {
  // Uses the packages of the repository, so that both sides run the same versions.
  turbopack: { root: repository },
  outputFileTracingRoot: repository,
  serverExternalPackages: ["postgres", "ioredis"],
  poweredByHeader: false,
  compress: false,
};
