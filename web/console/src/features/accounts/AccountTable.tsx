import "@shared/messages/en/accounts";
import { Badge, Code, Group, Text } from "@mantine/core";
import { t } from "@shared/messages/t";
import { CopyIcon } from "@shared/ui/CopyField";
import { DataTable, type Column, type Sorting } from "@shared/ui/DataTable";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { When } from "@shared/ui/When";
import { AccountActions } from "./AccountActions";
import type { AccountRow } from "./list";

interface AccountTableProps {
  rows: readonly AccountRow[];
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
}

/** Accounts, one a row. */
export function AccountTable({ rows, sorting, onSort }: AccountTableProps) {
  return (
    <DataTable
      caption={t("accounts.caption")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.account.Id}
      {...(sorting === undefined || onSort === undefined ? {} : { sorting, onSort })}
    />
  );
}

const columns: Column<AccountRow>[] = [
  {
    key: "name",
    header: t("name"),
    sort: "Name",
    narrow: "title",
    cell: ({ account, parent }) => (
      <>
        <Group gap="xs">
          <AnchorLink to="/accounts/$accountId/connectors" params={{ accountId: account.Id }} fw={560} c="inherit" data-row-main>
            {account.Name}
          </AnchorLink>
          {account.IsSuspended === true && (
            <Badge size="sm" variant="light" color="orange">
              {t("accounts.suspended")}
            </Badge>
          )}
        </Group>
        {(parent !== undefined || account.Description) && (
          <Text size="sm" c="dimmed" lineClamp={1}>
            {parent === undefined ? account.Description : t("accounts.subOf", { name: parent })}
          </Text>
        )}
      </>
    ),
  },
  {
    key: "id",
    header: t("accounts.apiId"),
    cell: ({ account }) => (
      <Group gap={4} wrap="nowrap" justify="inherit" component="span">
        <Code>{account.Id}</Code>
        <CopyIcon value={account.Id} what={t("accounts.apiId")} />
      </Group>
    ),
  },
  {
    key: "subs",
    header: t("accounts.subAccounts"),
    align: "end",
    cell: ({ account, subAccounts }) => (
      <AnchorLink
        to="/accounts/$accountId/sub-accounts"
        params={{ accountId: account.Id }}
        aria-label={t("accounts.subAccountsOf", { count: subAccounts, name: account.Name })}
      >
        {subAccounts}
      </AnchorLink>
    ),
  },
  { key: "created", header: t("created"), sort: "CreatedDate", cell: ({ account }) => <When value={account.CreatedDate} zone={account.Timezone} /> },
  {
    key: "actions",
    header: t("actions"),
    headerHidden: true,
    align: "end",
    narrow: "plain",
    cell: ({ account }) => (
      <Group gap={6} wrap="nowrap" justify="flex-end">
        <ButtonLink to="/accounts/$accountId/connectors" params={{ accountId: account.Id }} size="compact-sm" variant="default">
          {t("accounts.open")}
        </ButtonLink>
        <AccountActions account={account} />
      </Group>
    ),
  },
];
