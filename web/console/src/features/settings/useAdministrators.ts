import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { AdministratorRole, AdministratorUpdate, InvitedAdministrator } from "@shared/api/types";

const administratorsKey = ["administrators"] as const;

/** The people who may sign in to this console. */
export function useAdministrators() {
  return useQuery({
    queryKey: administratorsKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/administrators", { signal })),
  });
}

/** Invites somebody; the link is told only where no mail can be sent. */
export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { Email: string; Role: AdministratorRole }): Promise<InvitedAdministrator> =>
      unwrap(api.POST("/v1.0/partner/administrators", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: administratorsKey }),
  });
}

/** Changes somebody's role or notifications. */
export function useUpdateAdministrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: AdministratorUpdate }) =>
      unwrap(api.PUT("/v1.0/partner/administrators/{administratorId}", { params: { path: { administratorId: id } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: administratorsKey }),
  });
}

/** Takes somebody's access away. */
export function useRemoveAdministrator() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (administratorId: string) =>
      unwrap(api.DELETE("/v1.0/partner/administrators/{administratorId}", { params: { path: { administratorId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: administratorsKey }),
  });
}
