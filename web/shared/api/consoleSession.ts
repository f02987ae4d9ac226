import { errorFromAnswer } from "./error";
import { guardedFetch, send } from "./guardedFetch";
import type { components } from "./schema";

type Schemas = components["schemas"];

/** The session of this browser. */
export type ConsoleSession = Schemas["ConsoleSessionBody"];
/** Who is signed in. */
export type SignedIn = Schemas["SignedInAdministrator"];
/** How a partner wants the product to look and be called; known before anybody signs in. */
export type Branding = Schemas["Branding"];
/** What the shell must know of the partner. */
export type PartnerDisplay = Schemas["PartnerDisplay"];
/** Where one administrator is signed in. */
export type SessionInfo = Schemas["SessionInfo"];
/** A second factor that waits for its first code. */
export type TotpEnrolment = Schemas["TotpEnrolment"];

type Sender = (request: Request) => Promise<Response>;

async function call<Data>(method: string, path: string, body?: unknown, by: Sender = guardedFetch): Promise<Data> {
  const response = await by(
    new Request(new URL(path, window.location.origin), {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    }),
  );
  const text = await response.text();
  const data: unknown = isJson(response) && text !== "" ? JSON.parse(text) : undefined;
  if (!response.ok) throw errorFromAnswer(response, data);
  return data as Data;
}

function isJson(response: Response): boolean {
  return response.headers.get("Content-Type")?.includes("json") ?? false;
}

/** Calls about signing in and about the person who did; they are the console's own, not the API's. */
export const consoleSession = {
  /** The current session; fails with 401 when there is none. */
  read: () => call<ConsoleSession>("GET", "/console/session", undefined, send),
  branding: () => call<Branding>("GET", "/console/branding", undefined, send),
  signIn: (credentials: { Email: string; Password: string; Code?: string }) =>
    call<ConsoleSession>("POST", "/console/session", credentials, send),
  signOut: () => call<undefined>("DELETE", "/console/session", undefined, send),
  acceptInvitation: (invitation: { Token: string; Name: string; Password: string }) =>
    call<undefined>("POST", "/console/invitation", invitation, send),
  /** The password is asked for when a second factor is replaced. */
  startTotp: (Password?: string) =>
    call<TotpEnrolment>("POST", "/console/session/totp", Password === undefined ? {} : { Password }),
  confirmTotp: (Code: string) => call<undefined>("PUT", "/console/session/totp", { Code }),
  removeTotp: (Password: string) => call<undefined>("DELETE", "/console/session/totp", { Password }),
  changePassword: (change: { Current: string; New: string }) =>
    call<undefined>("PUT", "/console/session/password", change),
  sessions: () => call<SessionInfo[]>("GET", "/console/sessions"),
  revoke: (id: string) => call<undefined>("DELETE", `/console/sessions/${encodeURIComponent(id)}`),
};
