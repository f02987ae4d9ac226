import { useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";

/** Key of the partner's own details. */
export const partnerKey = ["partner"] as const;

/** The partner: names, public addresses, plan and usage. */
export function usePartner() {
  return useQuery({
    queryKey: partnerKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner", { signal })),
  });
}
