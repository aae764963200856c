import { type Line, type Methods, openLine } from "./line";

/** In a child process: serves the parent's calls and returns the line to it. The process ends with its parent. */
export function serveParent(methods: Methods): Line {
  const line = openLine(methods, (message) => {
    if (process.connected) process.send?.(message);
  });
  process.on("message", line.hear);
  process.on("disconnect", () => process.exit(0));
  return line;
}
