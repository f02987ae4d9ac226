import "@shared/messages/en/accounts";
import { Button, Group } from "@mantine/core";
import { IconPlus, IconSitemap } from "@tabler/icons-react";
import { useMemo } from "react";
import { useAccounts } from "@shared/queries/accounts";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { AccountTable } from "./AccountTable";
import { AddAccount } from "./AddAccount";
import { rowsOf } from "./list";
import { useSectionTitle } from "./useSectionTitle";

interface SubAccountsProps {
  accountId: string;
  adding: boolean;
  onAdding: (adding: boolean) => void;
}

/** The accounts below an account. */
export function SubAccounts({ accountId, adding, onAdding }: SubAccountsProps) {
  useSectionTitle(accountId, t("account.subAccounts"));
  const accounts = useAccounts();
  const rights = useRights();
  const rows = useMemo(
    () => rowsOf(accounts.items).filter((row) => row.account.ParentAccountId === accountId),
    [accounts.items, accountId],
  );
  const add = rights.manageAccounts && (
    <Button leftSection={<IconPlus size={18} />} onClick={() => onAdding(true)}>
      {t("accounts.addSub")}
    </Button>
  );
  const content = () => {
    if (accounts.isPending || (rows.length === 0 && accounts.isLoadingMore)) return <PageSkeleton label={t("accounts.what")} rows={4} />;
    if (accounts.error !== null && rows.length === 0) return <PageError what={t("accounts.what")} error={accounts.error} onRetry={accounts.retry} />;
    if (rows.length === 0) {
      return <EmptyState icon={<IconSitemap size={34} stroke={1.4} />} title={t("account.subAccountsNone")} hint={t("account.subAccountsNoneHint")} action={add} />;
    }
    return (
      <>
        <Group justify="flex-end" mb="md">
          {add}
        </Group>
        <AccountTable rows={rows} />
      </>
    );
  };
  return (
    <>
      {content()}
      <AddAccount opened={adding && rights.manageAccounts} onClose={() => onAdding(false)} parentId={accountId} />
    </>
  );
}
