import { pageParam, present, textParam } from "@shared/search/params";

/** The list of users as it stands in the address. */
export interface UsersSearch {
  q?: string;
  page?: number;
}

export function validateUsersSearch(search: Record<string, unknown>): UsersSearch {
  return present({ q: textParam(search["q"]), page: pageParam(search["page"]) });
}
