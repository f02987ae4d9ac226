import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@shared/api/client";
import { unwrapPage, type ListPage } from "@shared/api/error";
import type { AuditLogEntry } from "@shared/api/types";
import { auditQuery } from "./query";
import type { AuditSearch } from "./search";

/** Entries of one page. */
export const entriesPerPage = 50;

async function fetchEntries(search: AuditSearch, page: number, pageSize: number, signal?: AbortSignal) {
  const found = await unwrapPage(
    api.GET("/v1.0/partner/auditlog", {
      params: { query: { ...auditQuery(search), page, pageSize } },
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  return found as ListPage<AuditLogEntry>;
}

/** One page of the log, newest first. */
export function useAuditLog(search: AuditSearch) {
  return useQuery({
    queryKey: ["auditlog", search],
    queryFn: ({ signal }) => fetchEntries(search, search.page ?? 1, entriesPerPage, signal),
    placeholderData: keepPreviousData,
  });
}

/** Fetches everything the filters leave, telling how far it is. */
export function useAuditExport(search: AuditSearch) {
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const exporting = useMutation({
    mutationFn: async () => {
      const entries: AuditLogEntry[] = [];
      setProgress({ done: 0, total: 0 });
      for (let page = 1, pages = 1; page <= pages; page += 1) {
        const part = await fetchEntries(search, page, 1000);
        entries.push(...part.items);
        pages = part.totalPages;
        setProgress({ done: entries.length, total: part.totalRecords });
      }
      return entries;
    },
  });
  return { exporting, progress };
}
