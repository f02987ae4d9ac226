import { expect, test, vi } from "vitest";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { SignInForm } from "./SignInForm";

const path = "POST /console/session";
const ada = { Id: "ada", Username: "ada@example.com", Name: "Ada", Role: "Administrator" };

async function signIn(screen: Awaited<ReturnType<typeof renderPage>>) {
  await screen.getByLabelText("Email").fill("ada@example.com");
  await screen.getByLabelText("Password").fill("correct-horse-battery");
  await screen.getByRole("button", { name: "Sign in" }).click();
}

test("email and password are enough where there is no second factor", async () => {
  server.on(path, { body: { Administrator: ada } });
  const signedIn = vi.fn();
  const screen = await renderPage(<SignInForm lead="" onSignedIn={signedIn} />);

  await signIn(screen);

  await expect.poll(() => signedIn.mock.calls).toEqual([[ada]]);
  expect(server.made(path)[0]?.body).toEqual({ Email: "ada@example.com", Password: "correct-horse-battery" });
});

test("the second factor is asked for next, and sent as soon as it is complete", async () => {
  server.on(path, (call) =>
    (call.body as { Code?: string }).Code === "123456"
      ? { body: { Administrator: ada } }
      : { status: 401, headers: { "X-Velodrome-Code": "session.second_factor_required" }, body: { Message: "Enter the code." } },
  );
  const signedIn = vi.fn();
  const screen = await renderPage(<SignInForm lead="" onSignedIn={signedIn} />);
  await signIn(screen);

  await screen.getByLabelText("Code").fill("123456");

  await expect.poll(() => signedIn.mock.calls.length).toBe(1);
});

test("a wrong code is explained and can be typed again", async () => {
  server.on(path, (call) => ({
    status: 401,
    headers: {
      "X-Velodrome-Code": (call.body as { Code?: string }).Code === undefined ? "session.second_factor_required" : "session.invalid_credentials",
    },
    body: { Message: "no" },
  }));
  const screen = await renderPage(<SignInForm lead="" onSignedIn={() => undefined} />);
  await signIn(screen);

  await screen.getByLabelText("Code").fill("000000");

  await expect.element(screen.getByText(/That code is not right/)).toBeVisible();
  await expect.element(screen.getByLabelText("Code")).toHaveValue("");
  expect(await violations()).toEqual([]);
});

test("a wrong password keeps the email", async () => {
  server.on(path, { status: 401, headers: { "X-Velodrome-Code": "session.invalid_credentials" }, body: { Message: "no" } });
  const screen = await renderPage(<SignInForm lead="" onSignedIn={() => undefined} />);

  await signIn(screen);

  await expect.element(screen.getByText("Email or password is not right.")).toBeVisible();
  await expect.element(screen.getByLabelText("Email")).toHaveValue("ada@example.com");
});

test("too many attempts are told as such", async () => {
  server.on(path, { status: 429, body: { Message: "Slow down." } });
  const screen = await renderPage(<SignInForm lead="" onSignedIn={() => undefined} />);

  await signIn(screen);

  await expect.element(screen.getByText(/Too many attempts/)).toBeVisible();
});
