import "@mantine/core/styles.css";
import "@shared/theme/global.css";
import { notifications } from "@mantine/notifications";
import { afterEach, beforeEach, vi } from "vitest";
import { FakeServer } from "./fakeServer";

/** What answers the calls of the test that runs now. */
export let server = new FakeServer();

beforeEach(() => {
  server = new FakeServer();
  vi.stubGlobal("fetch", (input: Request) => server.answer(input));
});

afterEach(() => {
  vi.unstubAllGlobals();
  // Toasts outlive the page that showed them.
  notifications.clean();
  const unexpected = server.unexpected;
  if (unexpected.length > 0) throw new Error(`Calls that the test did not expect: ${unexpected.join(", ")}`);
});
