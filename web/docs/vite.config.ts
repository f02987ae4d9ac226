import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compressed } from "../build/compressed.ts";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder("."),
  base: "/docs/",
  plugins: [compressed(folder("dist"))],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The viewer comes as one file.
    chunkSizeWarningLimit: 2000,
  },
});
