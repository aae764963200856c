"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { onThemeChange, readTheme, type Theme, themes, themeStorageKey } from "../theme";

const icons = { system: Monitor, light: Sun, dark: Moon };

const chosenTheme = (): Theme => readTheme(document.documentElement.dataset["theme"] ?? null);

function choose(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(themeStorageKey);
    else localStorage.setItem(themeStorageKey, theme);
  } catch {
    // Storage may be blocked; the choice then lasts until the page is closed.
  }
}

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
            onClick={() => choose(choice)}
          >
            <Icon aria-hidden size={14} strokeWidth={1.75} />
          </button>
        );
      })}
    </fieldset>
  );
}
