import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { AccountCreate, AccountUpdate } from "@shared/api/types";
import { accountKey, accountsKey } from "@shared/queries/accounts";

/** After a change to an account both the list and the account itself are read anew. */
function useForget(accountId?: string) {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: accountsKey }),
      ...(accountId === undefined ? [] : [queries.invalidateQueries({ queryKey: accountKey(accountId) })]),
    ]);
}

/** Creates an account or a sub account. */
export function useCreateAccount() {
  const forget = useForget();
  return useMutation({
    mutationFn: (body: AccountCreate) => unwrap(api.POST("/v1.0/accounts", { body })),
    onSuccess: forget,
  });
}

/** Changes an account; what is left out stays. */
export function useUpdateAccount(accountId: string) {
  const forget = useForget(accountId);
  return useMutation({
    mutationFn: (body: AccountUpdate) =>
      unwrap(api.PUT("/v1.0/accounts/{accountId}", { params: { path: { accountId } }, body })),
    onSuccess: forget,
  });
}

/** Stops an account, or lets it go on. */
export function useSuspension(accountId: string) {
  const forget = useForget(accountId);
  return useMutation({
    mutationFn: (suspend: boolean) =>
      unwrap(
        api.POST(suspend ? "/v1.0/accounts/{accountId}/suspend" : "/v1.0/accounts/{accountId}/resume", {
          params: { path: { accountId } },
        }),
      ),
    onSuccess: forget,
  });
}

/** Removes an account for good; `onDeleted` is called before what shows it disappears. */
export function useDeleteAccount(accountId: string, onDeleted: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1.0/accounts/{accountId}", { params: { path: { accountId } } })),
    onSuccess: () => {
      onDeleted();
      queries.removeQueries({ queryKey: accountKey(accountId), type: "inactive" });
      return queries.invalidateQueries({ queryKey: accountsKey });
    },
  });
}

const usersKey = (accountId: string) => [...accountKey(accountId), "users"] as const;

/** Names of the people who may enter an account. */
export function useAccountUsers(accountId: string) {
  return useQuery({
    queryKey: usersKey(accountId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/accounts/{accountId}/users", { params: { path: { accountId } }, signal })),
  });
}

/** Lets somebody enter an account. */
export function useAddUser(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { UserName: string; Password: string }) =>
      unwrap(api.PUT("/v1.0/accounts/{accountId}/users", { params: { path: { accountId } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersKey(accountId) }),
  });
}

/** Takes somebody's way into an account away. */
export function useRemoveUser(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (UserName: string) =>
      unwrap(api.DELETE("/v1.0/accounts/{accountId}/users", { params: { path: { accountId } }, body: { UserName } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersKey(accountId) }),
  });
}
