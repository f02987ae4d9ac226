import { expect, test } from "vitest";
import { server } from "@shared/testing/setup";
import { consoleSession } from "./consoleSession";
import { ApiError } from "./error";
import { sessionGate } from "./sessionGate";

test("a call whose session ended waits for the next sign-in and is sent again, body and all", async () => {
  let signedIn = false;
  server.on("PUT /console/session/password", () =>
    signedIn ? { status: 204 } : { status: 401, headers: { "X-Velodrome-Code": "auth.token_invalid" }, body: { Message: "Sign in." } },
  );

  const change = consoleSession.changePassword({ Current: "a", New: "b" });
  await expect.poll(() => sessionGate.isClosed).toBe(true);
  signedIn = true;
  sessionGate.open();
  await change;

  expect(server.made("PUT /console/session/password").map((call) => call.body)).toEqual([
    { Current: "a", New: "b" },
    { Current: "a", New: "b" },
  ]);
});

test("changes prove that they come from the console, reading needs no proof", async () => {
  server.on("GET /console/sessions", { body: [] }).on("DELETE /console/sessions/7", { status: 204 });

  await consoleSession.sessions();
  await consoleSession.revoke("7");

  expect(server.calls.map((call) => call.headers.get("X-Velodrome-Console"))).toEqual([null, "1"]);
});

test("a refusal carries message, code and request id", async () => {
  server.on("GET /console/sessions", {
    status: 403,
    headers: { "X-Velodrome-Code": "role.forbidden", "X-Request-Id": "req-1" },
    body: { Message: "Not yours." },
  });

  const failure = await consoleSession.sessions().catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({ message: "Not yours.", status: 403, code: "role.forbidden", requestId: "req-1" });
});
