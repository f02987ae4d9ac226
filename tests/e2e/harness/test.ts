import { test as base } from "@playwright/test";
import { Console } from "./console.ts";
import { Server } from "./server.ts";

interface Fixtures {
  /** A server of this journey's own. */
  server: Server;
  /** The console in a browser, with nobody signed in. */
  console: Console;
}

export const test = base.extend<Fixtures>({
  server: async ({}, use, info) => {
    const server = await Server.start();
    await use(server);
    if (info.status !== info.expectedStatus) {
      await info.attach("server log", { body: server.log, contentType: "text/plain" });
    }
    await server.stop();
  },
  console: async ({ page, server }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await use(new Console(page, server));
    base.expect(problems, "errors in the page's scripts").toEqual([]);
  },
});

export { expect } from "@playwright/test";
