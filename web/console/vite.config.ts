import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "../build/compressed.ts";
import { excesses, weighAll } from "./scriptBudget.ts";

/** Where `npm run dev` finds the server whose API the console calls. */
const server = process.env["VELODROME_URL"] ?? "http://127.0.0.1:8080";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder("."),
  base: "/console/",
  plugins: [react(), scriptBudget(), compressed(folder("dist"))],
  resolve: { tsconfigPaths: true },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows data: for images only, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Told below, for what is fetched together.
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
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

/** Fails the build when a page fetches more script than it may. */
function scriptBudget(): Plugin {
  return {
    name: "velodrome:script-budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        const weighed = weighAll(
          new Map(chunks.map((chunk) => [chunk.fileName, chunk])),
          new Map(chunks.flatMap((chunk) => [chunk.facadeModuleId ?? "", ...chunk.moduleIds].map((source) => [source, chunk.fileName] as const))),
        );
        for (const { name, kilobytes, most } of weighed) this.info(`${name}: ${kilobytes.toFixed(1)} of ${most} kB`);
        const exceeded = excesses(weighed);
        if (exceeded.length > 0) this.error(exceeded.join("\n"));
      },
    },
  };
}
