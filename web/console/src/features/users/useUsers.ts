import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";
import type { UsersSearch } from "./search";

const usersKey = ["users"] as const;

/** Users of one page of the list. */
export const usersPerPage = 50;

/** The users whose names contain a text, one page of them. */
export function useUsers({ q, page = 1 }: UsersSearch) {
  return useQuery({
    queryKey: [...usersKey, q, page],
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/v1.0/users", { params: { query: { page, pageSize: usersPerPage, ...(q === undefined ? {} : { query: q }) } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** A name and a password. */
export interface Credentials {
  UserName: string;
  Password: string;
}

/** Makes a user, who may enter no account yet. */
export function useCreateUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => unwrap(api.POST("/v1.0/users", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersKey }),
  });
}

/** Sets a password; the user is signed out everywhere. */
export function useSetPassword() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => unwrap(api.PUT("/v1.0/users", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersKey }),
  });
}

/** Removes a user from every account and for good. */
export function useDeleteUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (userName: string) => unwrap(api.DELETE("/v1.0/users/{userName}", { params: { path: { userName } } })),
    // The lists of users in accounts as well.
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: usersKey }), queries.invalidateQueries({ queryKey: ["account"] })]),
  });
}
