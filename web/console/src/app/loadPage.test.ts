import { expect, test } from "vitest";
import { fetched, UnreachableError } from "./loadPage";

const missing = new TypeError("Failed to fetch dynamically imported module: /page.js");
const fails = () => Promise.reject(missing);

test("a script that the server no longer has fails as it did, so that the router loads the new release", async () => {
  await expect(fetched(fails, () => Promise.resolve(true))).rejects.toBe(missing);
});

test("without a server the failure says so, and keeps its cause", async () => {
  const failure = await fetched(fails, () => Promise.resolve(false)).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(UnreachableError);
  expect((failure as UnreachableError).cause).toBe(missing);
});
