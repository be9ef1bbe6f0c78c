// Takes a picture of every page, from a server that runs already or from a demo of its own:
//
//   npm run screenshots                                   those of docs/dashboard/
//   npm run screenshots -- --url URL --key KEY --out DIR --widths 390,1600 --themes light,dark
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { launch, Penstock } from "./harness.ts";
import { PAGES } from "./pages.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    key: { type: "string" },
    out: { type: "string", default: resolve(import.meta.dirname, "../../docs/dashboard") },
    widths: { type: "string", default: "1280" },
    themes: { type: "string", default: "light" },
    pages: { type: "string", default: PAGES.join(",") },
    full: { type: "boolean", default: false },
  },
});

const own = values.url ? null : await Penstock.demo();
const url = own?.url ?? values.url ?? "";
const key = own?.key ?? values.key ?? "";
const browser = await launch();
mkdirSync(values.out, { recursive: true });
const isPlain = !values.widths.includes(",") && !values.themes.includes(",");
for (const theme of values.themes.split(",")) {
  for (const width of values.widths.split(",").map(Number)) {
    const context = await browser.newContext({
      viewport: { width, height: width < 500 ? 844 : 800 },
      colorScheme: theme === "dark" ? "dark" : "light",
    });
    await context.addInitScript((secret) => sessionStorage.setItem("penstock.key", secret), key);
    const page = await context.newPage();
    for (const address of values.pages.split(",")) {
      await page.goto(`${url}/ui/${address}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      // What streams never ends: a page is drawn when nothing has changed for a moment.
      await page.waitForTimeout(2500);
      const name = address.replace(/[^a-z0-9]+/gi, "-") || "overview";
      const file = isPlain ? `${name}.png` : `${name}-${width}-${theme}.png`;
      await page.screenshot({ path: join(values.out, file), fullPage: values.full });
    }
    await context.close();
  }
}
await browser.close();
await own?.stop();
