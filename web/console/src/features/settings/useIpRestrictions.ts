import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { IpRestrictionScope } from "@shared/api/types";

const restrictionsKey = ["iprestrictions"] as const;

/** All rules, and the address this browser calls from. */
export function useIpRestrictions() {
  return useQuery({
    queryKey: restrictionsKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/iprestrictions", { signal })),
  });
}

/** Allows an address or range. */
export function useAllowAddress() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { Scope: IpRestrictionScope; Cidr: string; Description: string | null }) =>
      unwrap(api.POST("/v1.0/partner/iprestrictions", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: restrictionsKey }),
  });
}

/** Removes a rule. */
export function useRemoveAddress() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ruleId: number) =>
      unwrap(api.DELETE("/v1.0/partner/iprestrictions/{ruleId}", { params: { path: { ruleId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: restrictionsKey }),
  });
}
