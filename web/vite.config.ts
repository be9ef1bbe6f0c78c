import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed.ts";

/** Where `npm run dev` finds a running server. */
const server = process.env.PENSTOCK_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/ui/",
  plugins: [svelte(), compressed()],
  build: {
    target: "es2022",
    // The server answers /ui/assets/NAME: one flat folder.
    assetsDir: "assets",
    // A data: address for a font or an image would be one more thing that the policy has to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 300,
  },
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/openapi.json", "/ca", "/health"].map((path) => [
        path,
        { target: server, changeOrigin: true },
      ]),
    ),
  },
});
