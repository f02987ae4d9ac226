import { queryOptions } from "@tanstack/react-query";
import { consoleSession } from "@shared/api/consoleSession";

/** The partner's name, pictures and colours; needed before anybody is signed in. */
export const brandingQuery = queryOptions({
  queryKey: ["branding"],
  queryFn: () => consoleSession.branding(),
  staleTime: 60_000,
});
