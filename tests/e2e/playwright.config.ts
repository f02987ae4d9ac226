import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium =
  process.env["CHROMIUM_PATH"] ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

export default defineConfig({
  projects: [
    { name: "journeys", testDir: "journeys" },
    // Changes files of the repository, so it runs only when it is asked for.
    { name: "pictures", testDir: "pictures" },
    // Measures, and asserts no times; `cargo xtask bench library` starts what it looks at.
    { name: "measurements", testDir: "measurements" },
  ],
  outputDir: "../../target/e2e",
  fullyParallel: true,
  // Each journey has a server and a browser of its own; two of them keep two cores busy.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        // Needed where the tests run as root, as in most containers.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        // Without these Chromium calls its maker at every start.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
