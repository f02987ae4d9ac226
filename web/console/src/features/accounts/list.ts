import type { Account } from "@shared/api/types";
import { buildIndex, searchIndex, type SearchIndex } from "@shared/search/fuzzy";
import type { SortOrder } from "./search";

/** An account as the list shows it. */
export interface AccountRow {
  account: Account;
  /** Direct sub accounts. */
  subAccounts: number;
  /** The parent's name, for a sub account. */
  parent: string | undefined;
}

/** Adds to each account what can only be told from all of them. */
export function rowsOf(accounts: readonly Account[]): AccountRow[] {
  const names = new Map(accounts.map((account) => [account.Id, account.Name]));
  const children = new Map<string, number>();
  for (const { ParentAccountId: parent } of accounts) {
    if (parent != null) children.set(parent, (children.get(parent) ?? 0) + 1);
  }
  return accounts.map((account) => ({
    account,
    subAccounts: children.get(account.Id) ?? 0,
    parent: account.ParentAccountId == null ? undefined : (names.get(account.ParentAccountId) ?? account.ParentAccountId),
  }));
}

/** Prepares accounts for searching, once for a list. */
export function accountIndex(rows: readonly AccountRow[]): SearchIndex<AccountRow> {
  return buildIndex(rows, ({ account }) => [
    { text: account.Name, weight: 3 },
    { text: account.Id, weight: 2 },
  ]);
}

const inOrder = new Intl.Collator(undefined, { numeric: true });

/**
 * What the list shows: top-level accounts in the chosen order, or everything that matches a search,
 * sub accounts too, best match first.
 */
export function selectRows(index: SearchIndex<AccountRow>, query: string, sort: SortOrder, descending: boolean): AccountRow[] {
  if (query.trim() !== "") return searchIndex(index, query);
  const direction = descending ? -1 : 1;
  return index
    .map((entry) => entry.item)
    .filter((row) => row.parent === undefined)
    .sort((a, b) => direction * inOrder.compare(a.account[sort], b.account[sort]));
}
