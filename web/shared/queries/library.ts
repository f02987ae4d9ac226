import { api } from "@shared/api/client";
import { unwrapPage } from "@shared/api/error";
import type { PartnerConnector } from "@shared/api/types";
import { useEveryPage } from "@shared/api/useEveryPage";

/** Key of everything about the partner's connector library. */
export const libraryKey = ["library"] as const;

/** Connectors of one request: few enough that the first ones show at once, icons and all. */
const pageSize = 100;

/** The whole connector library, first page first. */
export function useLibrary() {
  return useEveryPage<PartnerConnector>(libraryKey, (page, signal) =>
    unwrapPage(api.GET("/v1.0/partner/connectors", { params: { query: { page, pageSize } }, signal })),
  );
}
