import { expect, test } from "vitest";
import { awaitConsent, consentAddress, type ConsentWorld } from "./consent";

/** A world in which nothing happens until told. */
function world(about: Partial<ConsentWorld> = {}) {
  let listener: ((data: unknown) => void) | undefined;
  const stopped: string[] = [];
  const base: ConsentWorld = {
    onMessage: (tell) => {
      listener = tell;
      return () => stopped.push("listening");
    },
    pause: () => Promise.resolve(),
    isAuthenticated: () => Promise.resolve(false),
    isClosed: () => false,
  };
  return { world: { ...base, ...about }, say: (data: unknown) => listener?.(data), stopped };
}

test("the window's own message ends the wait", async () => {
  const { world: here, say, stopped } = world({ pause: () => Promise.resolve(say("done-7")) });

  expect(await awaitConsent(here, "done-7", new AbortController().signal)).toBe("done");
  expect(stopped).toEqual(["listening"]);
});

test("another message does not", async () => {
  let pauses = 0;
  const { world: here, say } = world({
    pause: () => {
      pauses += 1;
      return Promise.resolve(say("done-8"));
    },
    isClosed: () => pauses > 3,
  });

  expect(await awaitConsent(here, "done-7", new AbortController().signal)).toBe("closed");
});

test("a window that lost its opener is noticed by asking the server", async () => {
  let asked = 0;
  const { world: here } = world({ isAuthenticated: () => Promise.resolve((asked += 1) === 3) });

  expect(await awaitConsent(here, "done-7", new AbortController().signal)).toBe("done");
});

test("a window closed after success counts as success", async () => {
  const { world: here } = world({ isClosed: () => true, isAuthenticated: () => Promise.resolve(true) });

  expect(await awaitConsent(here, "done-7", new AbortController().signal)).toBe("done");
});

test("waiting can be given up", async () => {
  const abort = new AbortController();
  const { world: here } = world({ pause: () => Promise.resolve(abort.abort()) });

  expect(await awaitConsent(here, "done-7", abort.signal)).toBe("stopped");
});

test("the address carries token, origin and message, encoded", () => {
  expect(consentAddress(7, "t~k", "https://console.test", "done 7")).toBe(
    "/connectorauth/updateaccountconnectoroauth?id=7&token=t%7Ek&targetOrigin=https%3A%2F%2Fconsole.test&callbackMessage=done+7",
  );
});
