import { choiceParam, pageParam, present, textParam } from "@shared/search/params";

export const sortOrders = ["Name", "CreatedDate"] as const;
export type SortOrder = (typeof sortOrders)[number];

/** The list of accounts as it stands in the address. */
export interface AccountsSearch extends AddAccountSearch {
  q?: string;
  page?: number;
  sort?: SortOrder;
  desc?: boolean;
}

/** Whether the dialog for a new account is open. */
export interface AddAccountSearch {
  add?: boolean;
}

export function validateAccountsSearch(search: Record<string, unknown>): AccountsSearch {
  return {
    ...present({
      q: textParam(search["q"]),
      page: pageParam(search["page"]),
      sort: choiceParam(search["sort"], sortOrders),
      desc: search["desc"] === true,
    }),
    ...validateAddAccount(search),
  };
}

export function validateAddAccount(search: Record<string, unknown>): AddAccountSearch {
  return search["add"] === true ? { add: true } : {};
}
