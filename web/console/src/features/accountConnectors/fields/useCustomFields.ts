import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { CategoryCopyWrite, CustomFieldWrite } from "@shared/api/types";
import { connectorKey } from "../useAccountConnectors";

const copiesKey = (accountId: string, accountConnectorId: number) => [...connectorKey(accountId, accountConnectorId), "copies"] as const;

/** Adds a field, or replaces the one of this id. */
export function useSaveField(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: number | undefined; body: CustomFieldWrite }) =>
      id === undefined ? addField(accountId, accountConnectorId, body) : replaceField(accountId, accountConnectorId, id, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: connectorKey(accountId, accountConnectorId) }),
  });
}

/** How far a piece of work with many parts is. */
export interface Progress {
  done: number;
  total: number;
}

/** Does something for each of many, one after another, and tells how far it is. What was done before a failure stays. */
function useForEach<Item>(accountId: string, accountConnectorId: number, act: (item: Item) => Promise<unknown>) {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>({ done: 0, total: 0 });
  const work = useMutation({
    mutationFn: async (items: readonly Item[]) => {
      for (const [done, item] of items.entries()) {
        setProgress({ done, total: items.length });
        await act(item);
      }
      return items.length;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: connectorKey(accountId, accountConnectorId) }),
  });
  return { work, progress };
}

/** Adds several fields. */
export function useAddFields(accountId: string, accountConnectorId: number) {
  return useForEach(accountId, accountConnectorId, (body: CustomFieldWrite) => addField(accountId, accountConnectorId, body));
}

/** Deletes several fields. */
export function useDeleteFields(accountId: string, accountConnectorId: number) {
  return useForEach(accountId, accountConnectorId, (fieldId: number) =>
    unwrap(
      api.DELETE("/v1.0/account/connectors/{accountConnectorId}/fields/{fieldId}", {
        params: { path: { accountConnectorId, fieldId }, header: inAccount(accountId) },
      }),
    ),
  );
}

function addField(accountId: string, accountConnectorId: number, body: CustomFieldWrite) {
  return unwrap(
    api.POST("/v1.0/account/connectors/{accountConnectorId}/fields", {
      params: { path: { accountConnectorId }, header: inAccount(accountId) },
      body,
    }),
  );
}

function replaceField(accountId: string, accountConnectorId: number, fieldId: number, body: CustomFieldWrite) {
  return unwrap(
    api.PUT("/v1.0/account/connectors/{accountConnectorId}/fields/{fieldId}", {
      params: { path: { accountConnectorId, fieldId }, header: inAccount(accountId) },
      body,
    }),
  );
}

/** The custom object categories of an account connector. */
export function useCopies(accountId: string, accountConnectorId: number) {
  return useQuery({
    queryKey: copiesKey(accountId, accountConnectorId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/{accountConnectorId}/categories", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          signal,
        }),
      ),
  });
}

/** Copies a category for an object. */
export function useCopyCategory(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CategoryCopyWrite) =>
      unwrap(
        api.POST("/v1.0/account/connectors/{accountConnectorId}/categories", {
          params: { path: { accountConnectorId }, header: inAccount(accountId) },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: copiesKey(accountId, accountConnectorId) }),
  });
}

/** Deletes a copy with its fields. */
export function useDeleteCopy(accountId: string, accountConnectorId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (categoryId: number) =>
      unwrap(
        api.DELETE("/v1.0/account/connectors/{accountConnectorId}/categories/{categoryId}", {
          params: { path: { accountConnectorId, categoryId }, header: inAccount(accountId) },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: connectorKey(accountId, accountConnectorId) }),
  });
}
