import { keepPreviousData, useQueries, useQuery, type QueryKey } from "@tanstack/react-query";
import type { ListPage } from "./error";

/** A list that is fetched whole, its first page before the rest. */
export interface EveryPage<Item> {
  /** What has arrived so far, in order. */
  items: Item[];
  /** How many there are altogether. */
  total: number;
  /** Nothing has arrived yet. */
  isPending: boolean;
  /** Some pages have not arrived yet. */
  isLoadingMore: boolean;
  /** Why a page is missing. */
  error: Error | null;
  /** Fetches again what failed. */
  retry: () => void;
}

/**
 * Fetches every page of a list: the first alone, so that something is on the screen at once, then
 * the others side by side. Filtering then needs no round trip.
 */
export function useEveryPage<Item>(
  key: QueryKey,
  fetchPage: (page: number, signal: AbortSignal) => Promise<ListPage<Item>>,
): EveryPage<Item> {
  const options = (page: number) => ({
    queryKey: [...key, "page", page],
    queryFn: ({ signal }: { signal: AbortSignal }) => fetchPage(page, signal),
  });
  const first = useQuery({ ...options(1), placeholderData: keepPreviousData });
  const pages = first.data?.totalPages ?? 1;
  const rest = useQueries({
    queries: Array.from({ length: Math.max(0, pages - 1) }, (_, index) => options(index + 2)),
    combine: (results) => ({
      items: results.flatMap((result) => result.data?.items ?? []),
      isLoading: results.some((result) => result.isPending),
      error: results.find((result) => result.error)?.error ?? null,
      refetchFailed: () => {
        for (const result of results) if (result.isError) void result.refetch();
      },
    }),
  });
  return {
    items: first.data === undefined ? [] : [...first.data.items, ...rest.items],
    total: first.data?.totalRecords ?? 0,
    isPending: first.isPending,
    isLoadingMore: rest.isLoading,
    error: first.error ?? rest.error,
    retry: () => {
      if (first.isError) void first.refetch();
      rest.refetchFailed();
    },
  };
}
