import { type OutcomeName, outcomeNames } from "@/admin/insights/contract/overview";
import { lookOf } from "../outcomes";

/** Colours as a canvas needs them: resolved, with the hatching as a pattern. */
export type Palette = {
  outcomes: Record<OutcomeName, string | CanvasPattern>;
  outlines: Record<OutcomeName, string>;
  ground: string;
  line: string;
  muted: string;
  ink: string;
  gap: string | CanvasPattern;
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
  // Three strokes, so that the tile continues in its neighbours.
  for (const shift of [-pixels, 0, pixels]) {
    context.beginPath();
    context.moveTo(shift - 1, pixels + 1);
    context.lineTo(shift + pixels + 1, -1);
    context.stroke();
  }
  return context.createPattern(tile, "repeat") ?? color;
}

/** Reads the colours that hold now within `host`: the theme decides them, so read again when it changes. */
export function readPalette(host: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const resolve = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const ground = resolve("--ground");
  const line = resolve("--line");
  const colors = outcomeNames.map((name) => [name, resolve(lookOf(name).colorVariable)] as const);
  const fills = colors.map(([name, color]) => {
    const { pattern } = lookOf(name);
    return [name, pattern === "solid" ? color : pattern === "hatched" ? hatch(color, ground, 6) : ground] as const;
  });
  const palette: Palette = {
    // Both are made from all outcome names, one line above.
    outcomes: Object.fromEntries(fills) as Palette["outcomes"],
    outlines: Object.fromEntries(colors) as Palette["outlines"],
    ground,
    line,
    muted: resolve("--muted"),
    ink: resolve("--ink"),
    gap: hatch(line, ground, 8),
    fontFamily: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return palette;
}
