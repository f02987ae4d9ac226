import "@shared/messages/en/library";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { ConnectorSetup, ConnectorSetupWrite } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { libraryKey } from "@shared/queries/library";
import { toast } from "@shared/ui/toast";

const setupKey = (connectorId: number) => ["connector", connectorId, "setup"] as const;

/** The partner's setup of a connector. */
export function useSetup(connectorId: number) {
  return useQuery({
    queryKey: setupKey(connectorId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/partner/connectors/{connectorId}/setup", { params: { path: { connectorId } }, signal })),
  });
}

/** Stores values; the padlock in the library follows. */
export function useSaveSetup(connectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ConnectorSetupWrite) =>
      unwrap(api.PUT("/v1.0/partner/connectors/{connectorId}/setup", { params: { path: { connectorId } }, body })),
    onSuccess: (setup: ConnectorSetup) => {
      // Told here, for the new stored state replaces the form that asked.
      toast(t("setup.saved", { connector: setup.ConnectorName }));
      queries.setQueryData(setupKey(connectorId), setup);
      return queries.invalidateQueries({ queryKey: libraryKey });
    },
  });
}

/** Forgets every stored value. */
export function useClearSetup(connectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/v1.0/partner/connectors/{connectorId}/setup", { params: { path: { connectorId } } })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: setupKey(connectorId) }),
        queries.invalidateQueries({ queryKey: libraryKey }),
      ]),
  });
}

/** The setup guide of a connector. */
export function useGuide(connectorId: number) {
  return useQuery({
    queryKey: ["connector", connectorId, "guide"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/partner/connectors/{connectorId}/guide", { params: { path: { connectorId } }, signal })),
    staleTime: 300_000,
  });
}

/** Every version of the connectors with a name, newest first. */
export function useReleases(name: string | undefined) {
  return useQuery({
    queryKey: ["releases", name],
    enabled: name !== undefined,
    queryFn: async ({ signal }) => {
      const answer = await unwrap(
        api.GET("/v1.0/connectors/{connector}", { params: { path: { connector: name ?? "" } }, signal }),
      );
      return Array.isArray(answer) ? answer : [answer];
    },
  });
}

/** Announced changes of a connector. */
export function useDeprecations(connectorId: number) {
  return useQuery({
    queryKey: ["connector", connectorId, "deprecations"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/connectors/{connector}/deprecations", {
          params: { path: { connector: String(connectorId) } },
          signal,
        }),
      ),
  });
}
