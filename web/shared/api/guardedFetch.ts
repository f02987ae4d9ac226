import { ApiError } from "./error";
import { sessionGate } from "./sessionGate";

/** Proves to the server that a change comes from the console's own script. */
export const consoleHeader = "X-Velodrome-Console";

/** Codes of a 401 that another sign-in mends; others are about an account, say. */
const sessionOver = new Set(["auth.token_required", "auth.token_invalid", "auth.session_required"]);

const harmless = new Set(["GET", "HEAD"]);

/** Sends a request with what every console call carries; no answer becomes an `ApiError`. */
export async function send(request: Request): Promise<Response> {
  const outgoing = new Request(request);
  if (!harmless.has(outgoing.method)) outgoing.headers.set(consoleHeader, "1");
  try {
    return await fetch(outgoing);
  } catch (cause) {
    if (outgoing.signal.aborted) throw cause;
    throw new ApiError("The server could not be reached. Check your connection, then try again.", { status: 0, code: "network", cause });
  }
}

/** As `send`; when the session is over, waits for the next sign-in and sends again. */
export async function guardedFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const answer = await send(request);
  if (answer.status !== 401 || !sessionOver.has(answer.headers.get("X-Velodrome-Code") ?? "")) return answer;
  await sessionGate.wait();
  return guardedFetch(again);
}
