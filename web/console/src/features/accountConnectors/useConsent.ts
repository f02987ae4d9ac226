import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import { accountKey } from "@shared/queries/accounts";
import { useSession } from "@shared/session/SessionContext";
import { awaitConsent, consentAddress, openWaitingWindow, type ConsentOutcome } from "./consent";

/** How often the server is asked while the provider's window is open. */
const askEvery = 1500;

/** What the consent is about; made while the window is already open. */
export interface ConsentTarget {
  accountConnectorId: number;
}

/** Going to the provider's page and back. */
export interface Consent {
  /** Call it inside a click: browsers open windows for clicks only. */
  start: (prepare: () => Promise<ConsentTarget>) => void;
  /** Gives the wait up. */
  stop: () => void;
  isWaiting: boolean;
  outcome: ConsentOutcome | undefined;
  error: Error | null;
  /** Where to go by a plain link, when the browser refused to open a window. */
  blockedAddress: string | undefined;
}

/** Authenticates an account connector on its provider's page, in a window of its own. */
export function useConsent(accountId: string, onDone: (target: ConsentTarget) => void): Consent {
  const { Administrator: who } = useSession();
  const queries = useQueryClient();
  const abort = useRef<AbortController | null>(null);
  const [blockedAddress, setBlockedAddress] = useState<string>();
  useEffect(() => () => abort.current?.abort(), []);

  const consent = useMutation({
    mutationFn: async ({ prepare, opened }: { prepare: () => Promise<ConsentTarget>; opened: Window | null }) => {
      const controller = new AbortController();
      abort.current = controller;
      try {
        const target = await prepare();
        const { Token } = await unwrap(
          api.POST("/v1.0/accounts/{accountId}/signintoken", {
            params: { path: { accountId } },
            body: { Username: who.Username },
          }),
        );
        const message = `velodrome-authenticated-${target.accountConnectorId}`;
        const address = consentAddress(target.accountConnectorId, Token, window.location.origin, message);
        // Read before the window leaves, so that nothing it does can be missed.
        const before = await stateOf(accountId, target.accountConnectorId);
        if (opened === null) setBlockedAddress(address);
        else opened.location.replace(address);
        const outcome = await awaitConsent(
          {
            onMessage,
            pause: () => pause(controller.signal),
            isAuthenticated: async () => {
              const now = await stateOf(accountId, target.accountConnectorId);
              return now.authenticated && (!before.authenticated || now.value !== before.value);
            },
            isClosed: () => opened?.closed ?? false,
          },
          message,
          controller.signal,
        );
        return { outcome, target };
      } finally {
        opened?.close();
        setBlockedAddress(undefined);
      }
    },
    onSuccess: async ({ outcome, target }) => {
      await queries.invalidateQueries({ queryKey: accountKey(accountId) });
      if (outcome === "done") onDone(target);
    },
  });

  return {
    start: (prepare) => consent.mutate({ prepare, opened: openWaitingWindow() }),
    stop: () => abort.current?.abort(),
    isWaiting: consent.isPending,
    outcome: consent.data?.outcome,
    error: consent.error,
    blockedAddress,
  };
}

async function stateOf(accountId: string, accountConnectorId: number) {
  const connector = await unwrap(
    api.GET("/v1.0/account/connectors/{accountConnectorId}", {
      params: { path: { accountConnectorId }, header: inAccount(accountId) },
    }),
  );
  return { authenticated: connector.Authenticated, value: connector.AuthValue };
}

function onMessage(listener: (data: unknown) => void): () => void {
  const receive = (event: MessageEvent) => {
    if (event.origin === window.location.origin) listener(event.data);
  };
  window.addEventListener("message", receive);
  return () => window.removeEventListener("message", receive);
}

/** Waits for the next look, or until a message or the end of the wait calls for one. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      window.removeEventListener("message", finish);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, askEvery);
    window.addEventListener("message", finish);
    signal.addEventListener("abort", finish);
  });
}
