import "@shared/messages/en/accounts";
import { Button, Group, Text } from "@mantine/core";
import { IconDownload, IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { useMemo } from "react";
import { downloadCsv } from "@shared/csv/csv";
import { useAccounts } from "@shared/queries/accounts";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { AccountTable } from "./AccountTable";
import { AddAccount } from "./AddAccount";
import { accountsCsv } from "./csv";
import { accountIndex, rowsOf, selectRows } from "./list";
import { sortOrders, type AccountsSearch } from "./search";

const pageSize = 50;

interface AccountsPageProps {
  search: AccountsSearch;
  onSearch: (search: AccountsSearch) => void;
}

/** **Account Management**: every account, and the way into each. */
export function AccountsPage({ search, onSearch }: AccountsPageProps) {
  const accounts = useAccounts();
  const rights = useRights();
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch({ ...search, page: undefined, q: q === "" ? undefined : q }));
  const index = useMemo(() => accountIndex(rowsOf(accounts.items)), [accounts.items]);
  const sort = search.sort ?? "Name";
  const descending = search.desc ?? false;
  const found = useMemo(() => selectRows(index, query, sort, descending), [index, query, sort, descending]);
  const page = Math.min(search.page ?? 1, Math.max(1, Math.ceil(found.length / pageSize)));

  const addButton = rights.manageAccounts ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => onSearch({ ...search, add: true })}>
      {t("accounts.add")}
    </Button>
  ) : undefined;

  const content = () => {
    if (accounts.isPending) return <PageSkeleton label={t("accounts.what")} rows={8} />;
    if (accounts.items.length === 0) {
      if (accounts.error !== null) return <PageError what={t("accounts.what")} error={accounts.error} onRetry={accounts.retry} />;
      return <EmptyState icon={<IconUsersGroup size={36} stroke={1.4} />} title={t("accounts.none")} hint={t("accounts.noneHint")} action={addButton} />;
    }
    return (
      <>
        <Group gap="sm" mb="md" justify="space-between">
          <SearchBox label={t("accounts.search")} placeholder={t("accounts.searchPlaceholder")} value={query} onChange={setQuery} />
          <Group gap="md">
            <Text size="sm" c="dimmed" role="status">
              {t("accounts.count", { count: found.length })}
              {accounts.isLoadingMore && ` · ${t("page.loadingMore")}`}
            </Text>
            <Button
              variant="default"
              size="sm"
              leftSection={<IconDownload size={16} />}
              // Half a list would pass for the whole one.
              disabled={accounts.isLoadingMore || accounts.error !== null || found.length === 0}
              onClick={() => downloadCsv(accountsCsv(found), "accounts.csv")}
            >
              {t("accounts.export")}
            </Button>
          </Group>
        </Group>
        <ErrorNotice error={accounts.error} title={t("page.partial", { reason: "" }).trim()} onRetry={accounts.retry} />
        {found.length === 0 ? (
          <NoMatch
            filters={`“${query}”`}
            onClear={() => {
              setQuery("");
              onSearch({ ...search, q: undefined, page: undefined });
            }}
          />
        ) : (
          <>
            <AccountTable
              rows={found.slice((page - 1) * pageSize, page * pageSize)}
              sorting={{ by: sort, ascending: !descending }}
              onSort={({ by, ascending }) =>
                onSearch({ ...search, page: undefined, sort: sortOrders.find((order) => order === by), desc: ascending ? undefined : true })
              }
            />
            <Pager page={page} pageSize={pageSize} total={found.length} onPage={(next) => onSearch({ ...search, page: next })} />
          </>
        )}
      </>
    );
  };

  return (
    <>
      <PageHeader
        title={t("accounts.title")}
        lead={t("accounts.lead")}
        actions={accounts.items.length > 0 ? addButton : undefined}
      />
      {content()}
      <AddAccount opened={search.add === true && rights.manageAccounts} onClose={() => onSearch({ ...search, add: undefined })} />
    </>
  );
}
