import { existsSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import packages from "./package.json" with { type: "json" };

/** The browser that was asked for, the distribution's where there is one, else the one Playwright installed. */
const chromium = [process.env["CHROMIUM_PATH"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

/** What tests and the compiler bring in besides our dependencies. */
const alsoUsed = ["axe-core", "react-dom/client", "react/jsx-dev-runtime", "vitest-browser-react"];

export default defineConfig({
  plugins: [react()],
  resolve: { tsconfigPaths: true },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "logic", environment: "node", include: ["{console,shared}/**/*.test.ts"] },
      },
      {
        extends: true,
        // Found while a test runs, a dependency would reload the page under it.
        optimizeDeps: {
          include: [...Object.keys(packages.dependencies).filter((name) => !/^@fontsource|^swagger-ui/.test(name)), ...alsoUsed],
        },
        test: {
          name: "components",
          include: ["{console,shared}/**/*.test.tsx"],
          setupFiles: ["shared/testing/setup.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: ["--no-sandbox"] } }),
            instances: [{ browser: "chromium" }],
            viewport: { width: 1280, height: 900 },
          },
        },
      },
    ],
  },
});
