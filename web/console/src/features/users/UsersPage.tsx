import "@shared/messages/en/users";
import { ActionIcon, Button, Group, Menu, Text } from "@mantine/core";
import { IconDots, IconKey, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import type { User } from "@shared/api/types";
import type { UsersSearch } from "./search";
import { UserDialog } from "./UserDialog";
import { useDeleteUser, usersPerPage, useUsers } from "./useUsers";

interface UsersPageProps {
  search: UsersSearch;
  onSearch: (search: UsersSearch) => void;
}

/** **User Management**: who may enter which accounts. */
export function UsersPage({ search, onSearch }: UsersPageProps) {
  const users = useUsers(search);
  const rights = useRights();
  const [dialog, setDialog] = useState<{ userName?: string } | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch(q === "" ? {} : { q }));

  const add = rights.manageAccounts ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setDialog({})}>
      {t("users.add")}
    </Button>
  ) : undefined;

  const content = () => {
    if (users.isPending) return <PageSkeleton label={t("users.what")} rows={6} />;
    if (users.isLoadingError) return <PageError what={t("users.what")} error={users.error} onRetry={() => void users.refetch()} />;
    if (users.data.items.length === 0 && search.q === undefined && query === "") {
      return <EmptyState icon={<IconUsers size={36} stroke={1.4} />} title={t("users.none")} hint={t("users.noneHint")} action={add} />;
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
              columns={columnsFor(rights.manageAccounts ? { onPassword: (user) => setDialog({ userName: user.UserName }), onDelete: setDeleting } : undefined)}
            />
            <Pager page={search.page ?? 1} pageSize={usersPerPage} total={users.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
          </>
        )}
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("users.title")} lead={t("users.lead")} actions={users.data?.items.length === 0 && search.q === undefined ? undefined : add} />
      {content()}
      {dialog !== null && <UserDialog {...dialog} onClose={() => setDialog(null)} />}
      <DeleteUser user={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

interface UserActions {
  onPassword: (user: User) => void;
  onDelete: (user: User) => void;
}

function columnsFor(actions: UserActions | undefined): Column<User>[] {
  const columns: Column<User>[] = [
    {
      key: "name",
      header: t("users.userName"),
      narrow: "title",
      cell: (user) => (
        <Text component="span" fw={560}>
          {user.UserName}
        </Text>
      ),
    },
    { key: "accounts", header: t("users.accounts"), cell: (user) => <Accounts ids={user.AccountIds} /> },
    { key: "signIn", header: t("users.signIn"), cell: (user) => t(user.CanSignIn === true ? "users.signIn.yes" : "users.signIn.no") },
    { key: "created", header: t("created"), cell: (user) => <When value={user.CreatedOnUtc} /> },
    { key: "last", header: t("users.lastSignIn"), cell: (user) => <When value={user.LastSignInUtc} /> },
  ];
  if (actions === undefined) return columns;
  return [
    ...columns,
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (user) => (
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("users.more", { name: user.UserName })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconKey size={16} />} onClick={() => actions.onPassword(user)}>
              {t("users.setPassword")}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => actions.onDelete(user)}>
              {t("users.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
}

function DeleteUser({ user, onClose }: { user: User | null; onClose: () => void }) {
  const remove = useDeleteUser();
  return (
    <ConfirmDialog
      opened={user !== null}
      onClose={onClose}
      title={t("users.deleteTitle", { name: user?.UserName ?? "" })}
      text={t("users.deleteText", { count: user?.AccountIds.length ?? 0 })}
      action={t("users.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (user === null) return;
        remove.mutate(user.UserName, {
          onSuccess: () => {
            toast(t("users.deleted", { name: user.UserName }));
            onClose();
          },
        });
      }}
    />
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
