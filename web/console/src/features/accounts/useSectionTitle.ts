import { useAccount } from "@shared/queries/accounts";
import { usePageTitle } from "@shared/ui/usePageTitle";

/** Names a section of an account in the browser's tab, so that its pages can be told apart. */
export function useSectionTitle(accountId: string, section: string): void {
  const account = useAccount(accountId).data;
  usePageTitle(account === undefined ? section : `${section}, ${account.Name}`);
}
