import { useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";

/** The latest entries of the audit log. */
export function useLatestChanges() {
  return useQuery({
    queryKey: ["auditlog", "latest"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/auditlog", { params: { query: { page: 1, pageSize: 8 } }, signal })),
  });
}

/** How many sets of client credentials exist. */
export function useApiClientCount(enabled: boolean) {
  return useQuery({
    queryKey: ["oauthclients"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/oauthclients", { signal })),
    select: (clients) => clients.length,
    enabled,
  });
}
