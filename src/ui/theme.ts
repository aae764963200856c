export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** The key of the choice in local storage. */
const themeStorageKey = "weir.theme";

/** An unknown choice counts as `system`. */
export function readTheme(stored: string | null): Theme {
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Runs before the first paint, so that a stored choice does not flash the other theme. */
export const themeScript = `try{var t=localStorage.getItem(${JSON.stringify(themeStorageKey)});if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch(e){}`;

/** Calls `listener` whenever the theme changes, by the switch or by the system. Returns the unsubscribe function. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(listener);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", listener);
  return () => {
    watcher.disconnect();
    system.removeEventListener("change", listener);
  };
}

/** Applies a theme and stores it in the browser. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(themeStorageKey);
    else localStorage.setItem(themeStorageKey, theme);
  } catch {
    // Storage may be blocked; the choice then lasts until the page is closed.
  }
}
