import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { ApiError, unwrap } from "@shared/api/error";
import type { AccountConnector, AccountConnectorUpdate, ConnectorInstall, MethodCall, SetupField } from "@shared/api/types";
import { connectorsKey } from "@shared/queries/accountConnectors";
import { libraryKey } from "@shared/queries/library";

/** Key of everything about one connector of an account. */
export const connectorKey = (accountId: string, id: number) => [...connectorsKey(accountId), id] as const;

/** One connector of an account. */
export function useAccountConnector(accountId: string, accountConnectorId: number) {
  return useQuery({
    queryKey: connectorKey(accountId, accountConnectorId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/{accountConnectorId}", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          signal,
        }),
      ),
  });
}

/** The partner's values for a connector; none when it has nothing to set up. */
export function useSetupFields(connectorId: number | undefined) {
  return useQuery({
    queryKey: ["connector", connectorId, "setup-fields"],
    enabled: connectorId !== undefined,
    queryFn: async ({ signal }): Promise<SetupField[]> => {
      try {
        const setup = await unwrap(
          api.GET("/v1.0/partner/connectors/{connectorId}/setup", {
            params: { path: { connectorId: connectorId ?? 0 } },
            signal,
          }),
        );
        return setup.Fields;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return [];
        throw error;
      }
    },
  });
}

function remember(queries: QueryClient, accountId: string, connector: AccountConnector) {
  queries.setQueryData(connectorKey(accountId, connector.Id), connector);
  return queries.invalidateQueries({ queryKey: connectorsKey(accountId) });
}

/** What is installed, and what is set afterwards. */
interface WantedInstallation {
  connectorId: number;
  install: ConnectorInstall;
  later: { Name: string; Value: string }[];
  /** Called as soon as it is installed: a value that is refused afterwards does not undo that. */
  onInstalled: (connector: AccountConnector) => void;
}

/** Installs a connector, then sets the values that are not part of its definition. */
export function useInstall(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: WantedInstallation) => {
      const installed = await unwrap(
        api.POST("/v1.0/connectors/{connector}/install", {
          params: { path: { connector: String(wanted.connectorId) }, header: inAccount(accountId) },
          body: wanted.install,
        }),
      );
      wanted.onInstalled(installed);
      for (const property of wanted.later) await setProperty(accountId, installed.Id, property);
      return installed;
    },
    // Also after a failure: the installation itself may have worked.
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: connectorsKey(accountId) }),
        queries.invalidateQueries({ queryKey: libraryKey }),
      ]),
  });
}

/** Sets one property by name. */
export function setProperty(accountId: string, accountConnectorId: number, body: { Name: string; Value: string }) {
  return unwrap(
    api.POST("/v1.0/account/connectors/{accountConnectorId}/properties", {
      params: { path: { accountConnectorId }, header: inAccount(accountId) },
      body,
    }),
  );
}

/** Sets several properties, one after another, so that the audit log shows each. */
export function useSetProperties(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (properties: { Name: string; Value: string }[]) => {
      for (const property of properties) await setProperty(accountId, accountConnectorId, property);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: connectorsKey(accountId) }),
  });
}

/** Takes a property away. */
export function useDeleteProperty(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (propertyId: number) =>
      unwrap(
        api.DELETE("/v1.0/account/connectors/{accountConnectorId}/properties/{propertyId}", {
          params: { path: { accountConnectorId, propertyId }, header: inAccount(accountId) },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: connectorsKey(accountId) }),
  });
}

/** Changes name, description or credentials of one connector. */
export function updateConnector(accountId: string, accountConnectorId: number, body: AccountConnectorUpdate) {
  return unwrap(
    api.PUT("/v1.0/account/connectors/{accountConnectorId}", {
      params: { path: { accountConnectorId }, header: inAccount(accountId) },
      body,
    }),
  );
}

/** As `updateConnector`, from a page that shows the connector. */
export function useUpdateConnector(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: AccountConnectorUpdate) => updateConnector(accountId, accountConnectorId, body),
    onSuccess: (connector) => remember(queries, accountId, connector),
  });
}

/** What the newest release changes. */
export function useReleaseUpdate(accountId: string, accountConnectorId: number) {
  return useQuery({
    queryKey: [...connectorKey(accountId, accountConnectorId), "update"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/{accountConnectorId}/update", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          signal,
        }),
      ),
  });
}

/** Moves it to the newest release. */
export function useUpdateRelease(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { AuthenticationId?: string }) =>
      unwrap(
        api.POST("/v1.0/account/connectors/{accountConnectorId}/update", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          body,
        }),
      ),
    onSuccess: (connector) => {
      // There is no update any more, so nothing may ask for it.
      queries.removeQueries({ queryKey: [...connectorKey(accountId, accountConnectorId), "update"] });
      return remember(queries, accountId, connector);
    },
  });
}

/** Forgets the credentials. */
export function useDeauthenticate(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/v1.0/account/connectors/{accountConnectorId}/deauthenticate", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: connectorsKey(accountId) }),
  });
}

/** Takes a connector out of the account. */
export function useDeleteConnector(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (accountConnectorId: number) =>
      unwrap(
        api.DELETE("/v1.0/account/connectors/{accountConnectorId}", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: connectorsKey(accountId), exact: true }),
        queries.invalidateQueries({ queryKey: libraryKey }),
      ]),
  });
}

/** Makes a token with which somebody else can authenticate the connector. */
export function useSetupToken(accountId: string, accountConnectorId: number) {
  return useMutation({
    mutationFn: (ExpiresInMinutes: number) =>
      unwrap(
        api.POST("/v1.0/account/connectors/{accountConnectorId}/setuptoken", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          body: { ExpiresInMinutes },
        }),
      ),
  });
}

/** Calls a method for real and reports the exchange. */
export function useRunMethod(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, call }: { method: string; call: MethodCall }) =>
      unwrap(
        api.POST("/v1.0/account/connectors/{accountConnectorId}/test/{method}", {
          params: { path: { accountConnectorId, method }, header: inAccount(accountId) },
          body: call,
        }),
      ),
    // A call may find that the credentials no longer work.
    onSettled: () => queries.invalidateQueries({ queryKey: connectorKey(accountId, accountConnectorId) }),
  });
}

/** The values that a lookup offers. */
export function useLookup(accountId: string, accountConnectorId: number) {
  return useMutation({
    mutationFn: (triggerId: number) =>
      unwrap(
        api.POST("/v1.0/account/connectors/{accountConnectorId}/triggers/{triggerId}", {
          params: { path: { accountConnectorId, triggerId }, header: inAccount(accountId) },
          body: { TriggerId: triggerId },
        }),
      ),
  });
}
