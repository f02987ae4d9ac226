/** How a visit to the provider's page ended. */
export type ConsentOutcome = "done" | "closed" | "stopped";

/** What waiting needs from the world; tests bring their own. */
export interface ConsentWorld {
  /** Calls back for messages that other windows of this origin send, until stopped. */
  onMessage: (listener: (data: unknown) => void) => () => void;
  /** Resolves after a while. */
  pause: () => Promise<void>;
  /** Whether the account connector has become authenticated. */
  isAuthenticated: () => Promise<boolean>;
  isClosed: () => boolean;
}

/**
 * Waits until the provider's window has done its work.
 *
 * The window says so itself by a message; as a provider's page may cut the tie to its opener, the
 * server is asked as well, and a closed window ends the wait.
 */
export async function awaitConsent(world: ConsentWorld, message: string, signal: AbortSignal): Promise<ConsentOutcome> {
  let told = false;
  const stop = world.onMessage((data) => {
    if (data === message) told = true;
  });
  // A function, because the listener changes it unseen by the type checker.
  const wasTold = () => told;
  try {
    while (!signal.aborted) {
      if (wasTold()) return "done";
      // Read before the server is asked: a window that closes in between is looked at once more.
      const closed = world.isClosed();
      if (await world.isAuthenticated()) return "done";
      if (closed) return wasTold() ? "done" : "closed";
      await world.pause();
    }
    return "stopped";
  } finally {
    stop();
  }
}

/** Opens the window inside the click that wants it, before its address is known. */
export function openWaitingWindow(): Window | null {
  const width = 620;
  const height = 760;
  const left = window.screenX + Math.max(0, (window.outerWidth - width) / 2);
  const top = window.screenY + Math.max(0, (window.outerHeight - height) / 2);
  return window.open("", "velodrome-consent", `popup,width=${width},height=${height},left=${left},top=${top}`);
}

/** The page that leads on to the provider and comes back. */
export function consentAddress(accountConnectorId: number, token: string, origin: string, message: string): string {
  const query = new URLSearchParams({
    id: String(accountConnectorId),
    token,
    targetOrigin: origin,
    callbackMessage: message,
  });
  return `/connectorauth/updateaccountconnectoroauth?${query.toString()}`;
}
