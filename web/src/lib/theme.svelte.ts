/** Light or dark: as the system says, unless the person chose. */

const CHOICE = "penstock.theme";

type Theme = "light" | "dark";

const system = window.matchMedia("(prefers-color-scheme: dark)");
let chosen = $state<Theme | null>(localStorage.getItem(CHOICE) as Theme | null);
let isSystemDark = $state(system.matches);
system.addEventListener("change", (event) => (isSystemDark = event.matches));

export const theme = {
  get now(): Theme {
    return chosen ?? (isSystemDark ? "dark" : "light");
  },
};

export function toggleTheme() {
  chosen = theme.now === "dark" ? "light" : "dark";
  localStorage.setItem(CHOICE, chosen);
}
