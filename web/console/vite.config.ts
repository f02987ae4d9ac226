import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressed } from "../build/compressed.ts";

/** Where `npm run dev` finds the server whose API the console calls. */
const server = "http://127.0.0.1:8080";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder("."),
  base: "/console/",
  plugins: [react(), compressed(folder("dist"))],
  resolve: { tsconfigPaths: true },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows data: for images only, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/v1.0": server,
      "/connectorauth": server,
      "/console/session": server,
      "/console/sessions": server,
      "/console/branding": server,
      "/console/invitation": {
        target: server,
        // The page and the call share a path; only the call is the server's.
        bypass: (request) => (request.method === "GET" ? request.url : undefined),
      },
    },
  },
});
