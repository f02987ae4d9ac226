import "@shared/messages/en/users";
import { Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrapPage } from "@shared/api/error";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { DataTable } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { When } from "@shared/ui/When";
import type { UsersSearch } from "./search";

const pageSize = 50;

function useUsers({ q, page = 1 }: UsersSearch) {
  return useQuery({
    queryKey: ["users", q, page],
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/v1.0/users", { params: { query: { page, pageSize, ...(q === undefined ? {} : { query: q }) } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

interface UsersPageProps {
  search: UsersSearch;
  onSearch: (search: UsersSearch) => void;
}

/** **User Management**: who may enter which accounts. */
export function UsersPage({ search, onSearch }: UsersPageProps) {
  const users = useUsers(search);
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch(q === "" ? {} : { q }));

  const content = () => {
    if (users.isPending) return <PageSkeleton label={t("users.what")} rows={6} />;
    if (users.isError) return <PageError what={t("users.what")} error={users.error} onRetry={() => void users.refetch()} />;
    if (users.data.items.length === 0 && search.q === undefined && query === "") {
      return <EmptyState icon={<IconUsers size={36} stroke={1.4} />} title={t("users.none")} hint={t("users.noneHint")} />;
    }
    return (
      <>
        <Group mb="md">
          <SearchBox label={t("users.search")} placeholder={t("users.searchPlaceholder")} value={query} onChange={setQuery} />
        </Group>
        {users.data.items.length === 0 ? (
          <NoMatch
            filters={`“${query}”`}
            onClear={() => {
              setQuery("");
              onSearch({});
            }}
          />
        ) : (
          <>
            <DataTable
              caption={t("users.caption")}
              rows={users.data.items}
              rowKey={(user) => user.Id}
              columns={[
                { key: "name", header: t("users.userName"), narrow: "title", cell: (user) => <Text component="span" fw={560}>{user.UserName}</Text> },
                { key: "accounts", header: t("users.accounts"), cell: (user) => <Accounts ids={user.AccountIds} /> },
                {
                  key: "signIn",
                  header: t("users.signIn"),
                  cell: (user) => t(user.CanSignIn === true ? "users.signIn.yes" : "users.signIn.no"),
                },
                { key: "last", header: t("users.lastSignIn"), cell: (user) => <When value={user.LastSignInUtc} /> },
              ]}
            />
            <Pager page={search.page ?? 1} pageSize={pageSize} total={users.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
          </>
        )}
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("users.title")} lead={t("users.lead")} />
      {content()}
    </>
  );
}

function Accounts({ ids }: { ids: string[] }) {
  if (ids.length === 0) return <>{t("users.noAccounts")}</>;
  return (
    <Group gap={8} component="span">
      {ids.map((accountId) => (
        <AnchorLink key={accountId} to="/accounts/$accountId/users" params={{ accountId }} size="sm">
          {accountId}
        </AnchorLink>
      ))}
    </Group>
  );
}
