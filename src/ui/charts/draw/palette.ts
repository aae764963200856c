import type { PreparedChart } from "../prepare/prepared";

/** Colours for a canvas: resolved in the current theme, with hatching as a pattern. */
export type Palette = {
  /** The line or the outline of a colour variable. */
  strokeOf: (variable: string) => string;
  /** The fill of a look, hatched or empty where the look is. */
  fillOf: (look: { colorVariable: string; pattern: "solid" | "hatched" | "outlined" }) => string | CanvasPattern;
  ground: string;
  line: string;
  muted: string;
  ink: string;
  accent: string;
  gap: string | CanvasPattern;
  levels: Record<"watch" | "act", string>;
  fontFamily: string;
};

function hatch(color: string, gapColor: string, pixels: number): string | CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = pixels;
  tile.height = pixels;
  const context = tile.getContext("2d");
  if (context === null) return color;
  context.fillStyle = gapColor;
  context.fillRect(0, 0, pixels, pixels);
  context.strokeStyle = color;
  context.lineWidth = pixels / 3;
  // Three strokes make the tile seamless.
  for (const shift of [-pixels, 0, pixels]) {
    context.beginPath();
    context.moveTo(shift - 1, pixels + 1);
    context.lineTo(shift + pixels + 1, -1);
    context.stroke();
  }
  return context.createPattern(tile, "repeat") ?? color;
}

/** Reads the colours within `host`. They depend on the theme, so read them again when it changes. */
export function readPalette(host: HTMLElement): Palette {
  const known = new Map<string, string>();
  const styles = getComputedStyle(host);
  const resolve = (variable: string): string => {
    const found = known.get(variable);
    if (found !== undefined) return found;
    const probe = document.createElement("span");
    probe.hidden = true;
    probe.style.color = `var(${variable})`;
    host.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    known.set(variable, color);
    return color;
  };
  const ground = resolve("--ground");
  const line = resolve("--line");
  const patterns = new Map<string, string | CanvasPattern>();
  return {
    strokeOf: resolve,
    fillOf: ({ colorVariable, pattern }) => {
      if (pattern === "solid") return resolve(colorVariable);
      if (pattern === "outlined") return ground;
      const made = patterns.get(colorVariable) ?? hatch(resolve(colorVariable), ground, 6);
      patterns.set(colorVariable, made);
      return made;
    },
    ground,
    line,
    muted: resolve("--muted"),
    ink: resolve("--ink"),
    accent: resolve("--accent"),
    gap: hatch(line, ground, 8),
    levels: { watch: resolve("--watch"), act: resolve("--act") },
    fontFamily: styles.fontFamily,
  };
}

/** How opaque the cells of a heat map are, by strength. */
export const strengthOpacity: Readonly<Record<PreparedChart["cells"][number]["strength"], number>> = {
  1: 0.14,
  2: 0.32,
  3: 0.52,
  4: 0.75,
  5: 1,
};
