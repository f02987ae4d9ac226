import { errorFromAnswer } from "./error";
import { guardedFetch, send } from "./guardedFetch";
import type { AdministratorRole } from "./types";

/** How a partner wants the product to look and be called; known before anybody signs in. */
export interface Branding {
  ApplicationDisplayName: string;
  ApplicationIcon?: string | null;
  SignInLogo?: string | null;
  FavIcon?: string | null;
  /** The partner's LESS variables, `@brand-primary: #0b4f8a;` and so on. */
  ApplicationLessVariables?: string | null;
}

/** What the shell must know of the partner. */
export interface PartnerDisplay extends Branding {
  /** Calls go to simulated providers. */
  Sandbox: boolean;
  /** Where the simulated providers can be looked at. */
  SandboxUrl?: string | null;
  /** Some calls go to another address than the one they name. */
  EgressRewrite: boolean;
}

/** Who is signed in. */
export interface SignedIn {
  Id: string;
  Username: string;
  Name: string | null;
  Role: AdministratorRole;
  IsInstanceAdministrator: boolean;
  /** Whether a second factor is set up. */
  TotpEnabled?: boolean;
}

/** The session of this browser. */
export interface ConsoleSession {
  Administrator: SignedIn;
  Partner: PartnerDisplay;
}

/** Where one administrator is signed in. */
export interface SessionInfo {
  Id: string;
  CreatedOnUtc: string;
  LastSeenUtc?: string | null;
  IpAddress?: string | null;
  UserAgent?: string | null;
  IsCurrent: boolean;
}

/** A second factor that waits for its first code. */
export interface TotpEnrolment {
  Secret: string;
  OtpauthUri: string;
}

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
    call<{ Administrator: SignedIn }>("POST", "/console/session", credentials, send),
  signOut: () => call<undefined>("DELETE", "/console/session", undefined, send),
  acceptInvitation: (invitation: { Token: string; Name: string; Password: string }) =>
    call<undefined>("POST", "/console/invitation", invitation, send),
  startTotp: () => call<TotpEnrolment>("POST", "/console/session/totp"),
  confirmTotp: (Code: string) => call<undefined>("PUT", "/console/session/totp", { Code }),
  removeTotp: (Password: string) => call<undefined>("DELETE", "/console/session/totp", { Password }),
  changePassword: (change: { Current: string; New: string }) =>
    call<undefined>("PUT", "/console/session/password", change),
  sessions: () => call<SessionInfo[]>("GET", "/console/sessions"),
  revoke: (id: string) => call<undefined>("DELETE", `/console/sessions/${encodeURIComponent(id)}`),
};
