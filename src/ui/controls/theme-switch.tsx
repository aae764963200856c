"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { chooseTheme, onThemeChange, readTheme, type Theme, themes } from "../theme";

const icons = { system: Monitor, light: Sun, dark: Moon };

const chosenTheme = (): Theme => readTheme(document.documentElement.dataset["theme"] ?? null);

/** System, light or dark; stored in the browser. */
export function ThemeSwitch() {
  const theme = useSyncExternalStore<Theme | null>(onThemeChange, chosenTheme, () => null);
  return (
    <fieldset className="flex rounded border border-line p-px">
      <legend className="sr-only">Theme</legend>
      {themes.map((choice) => {
        const Icon = icons[choice];
        return (
          <button
            key={choice}
            type="button"
            aria-pressed={theme === choice}
            aria-label={`Theme: ${choice}`}
            title={`Theme: ${choice}`}
            className="grid size-7 place-items-center rounded-[3px] text-muted hover:text-ink aria-pressed:bg-sunken aria-pressed:text-ink"
            onClick={() => chooseTheme(choice)}
          >
            <Icon aria-hidden size={14} strokeWidth={1.75} />
          </button>
        );
      })}
    </fieldset>
  );
}
