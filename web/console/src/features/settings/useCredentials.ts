import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";

const clientsKey = ["oauthclients"] as const;
const tokensKey = ["accesstokens"] as const;
const passwordKey = ["passwordgrantclient"] as const;

/** The client credentials, without secrets. */
export function useOAuthClients() {
  return useQuery({
    queryKey: clientsKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/oauthclients", { signal })),
  });
}

/** Generates a set of client credentials. */
export function useCreateOAuthClient() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (Description: string) => unwrap(api.POST("/v1.0/partner/oauthclients", { body: { Description } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: clientsKey }),
  });
}

/** Reveals a secret. A mutation, because every look is written down. */
export function useRevealSecret() {
  return useMutation({
    mutationFn: (clientId: string) =>
      unwrap(api.GET("/v1.0/partner/oauthclients/{clientId}/secret", { params: { path: { clientId } } })),
    gcTime: 0,
  });
}

/** Revokes a set of client credentials. */
export function useDeleteOAuthClient() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (clientId: string) =>
      unwrap(api.DELETE("/v1.0/partner/oauthclients/{clientId}", { params: { path: { clientId } } })),
    onSuccess: () =>
      Promise.all([queries.invalidateQueries({ queryKey: clientsKey }), queries.invalidateQueries({ queryKey: tokensKey })]),
  });
}

/** Tokens of one page. */
export const tokensPerPage = 25;

/** One page of the access tokens that are valid now. */
export function useAccessTokens(page: number) {
  return useQuery({
    queryKey: [...tokensKey, page],
    queryFn: async ({ signal }) => {
      const query = { page, pageSize: tokensPerPage };
      const found = await unwrapPage(api.GET("/v1.0/partner/accesstokens", { params: { query }, signal }));
      return found;
    },
  });
}

/** Makes a token stop working. */
export function useRevokeToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (tokenId: string) =>
      unwrap(api.DELETE("/v1.0/partner/accesstokens/{tokenId}", { params: { path: { tokenId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: tokensKey }),
  });
}

/** The client id of the deprecated password grant. */
export function usePasswordGrantClient() {
  return useQuery({
    queryKey: passwordKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/passwordgrantclient", { signal })),
  });
}

/** Replaces that client id. */
export function useRefreshPasswordGrantClient() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/v1.0/partner/passwordgrantclient/refresh", {})),
    onSuccess: (client) => {
      queries.setQueryData(passwordKey, client);
      return queries.invalidateQueries({ queryKey: tokensKey });
    },
  });
}
