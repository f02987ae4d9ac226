import { useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { Connector } from "@shared/api/types";

/** The most that one request for methods may answer; no known connector has more. */
const pageSize = 1000;

/** Every method of a connector's release. */
export function useConnectorMethods(connectorId: number) {
  return useQuery({
    queryKey: ["connector", connectorId, "methods"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/connectors/{connector}/methods", {
          params: { path: { connector: String(connectorId) }, query: { pageSize } },
          signal,
        }),
      ),
    staleTime: 300_000,
  });
}

/** One connector by its number. */
export function useConnector(connectorId: number) {
  return useQuery({
    queryKey: ["connector", connectorId, "details"],
    queryFn: async ({ signal }): Promise<Connector> => {
      const answer = await unwrap(
        api.GET("/v1.0/connectors/{connector}", { params: { path: { connector: String(connectorId) } }, signal }),
      );
      // Asked by number the API answers one connector, asked by name a list.
      const connector = Array.isArray(answer) ? answer[0] : answer;
      if (connector === undefined) throw new Error(`There is no connector ${connectorId}.`);
      return connector;
    },
    staleTime: 300_000,
  });
}
