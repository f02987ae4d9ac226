import { NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { AccountConnector, Method } from "@shared/api/types";
import { accountKey, useAccounts } from "@shared/queries/accounts";
import { useConnectorMethods } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { textAt, type JsonObject } from "./model/json";
import type { BuilderSearch } from "./search";

/** Draws the form that calls a method for real. */
export type RenderCall = (accountId: string, connector: AccountConnector, method: Method) => ReactNode;

interface MethodTrialProps {
  /** The custom connector's unique identifier, by which its installations are known. */
  connectorIdentifier: string;
  method: JsonObject;
  search: BuilderSearch;
  onSearch: (search: BuilderSearch) => void;
  renderCall: RenderCall;
}

/** Chooses an account and its connector, and tries the method there. */
export function MethodTrial({ connectorIdentifier, method, search, onSearch, renderCall }: MethodTrialProps) {
  const accounts = useAccounts();
  if (accounts.isPending) return <PageSkeleton label={t("cb.part.test")} shape="form" rows={2} />;
  if (accounts.error !== null && accounts.items.length === 0)
    return <PageError what={t("cb.test.accounts")} error={accounts.error} onRetry={accounts.retry} />;
  if (accounts.items.length === 0) return <Text c="dimmed">{t("cb.test.noAccounts")}</Text>;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("cb.test.hint")}
      </Text>
      <NativeSelect
        label={t("cb.test.account")}
        value={search.account ?? ""}
        onChange={(event) => {
          const { account, installed, ...rest } = search;
          onSearch({ ...rest, ...(event.currentTarget.value === "" ? {} : { account: event.currentTarget.value }) });
        }}
        data={[{ value: "", label: t("cb.test.chooseAccount") }, ...accounts.items.map((account) => ({ value: account.Id, label: account.Name }))]}
        maw={420}
      />
      {search.account !== undefined && (
        <InAccount
          key={search.account}
          accountId={search.account}
          connectorIdentifier={connectorIdentifier}
          method={method}
          search={search}
          onSearch={onSearch}
          renderCall={renderCall}
        />
      )}
    </Stack>
  );
}

/** No account has more connectors than one answer holds. */
const pageSize = 1000;

function InAccount({ accountId, connectorIdentifier, method, search, onSearch, renderCall }: MethodTrialProps & { accountId: string }) {
  const installed = useQuery({
    queryKey: [...accountKey(accountId), "connectors", "of", connectorIdentifier],
    queryFn: async ({ signal }) => {
      const all = await unwrap(api.GET("/v1.0/account/connectors", { params: { header: inAccount(accountId), query: { pageSize } }, signal }));
      return all.filter((candidate) => candidate.Connector.UniqueIdentifier === connectorIdentifier);
    },
  });
  if (installed.isPending) return <PageSkeleton label={t("cb.test.connector")} shape="form" rows={1} />;
  if (installed.isError) return <PageError what={t("cb.test.connector")} error={installed.error} onRetry={() => void installed.refetch()} />;
  const [first] = installed.data;
  if (first === undefined) return <Text c="dimmed">{t("cb.test.notInstalled")}</Text>;
  const chosen = installed.data.find((candidate) => candidate.Id === search.installed) ?? first;
  return (
    <>
      <NativeSelect
        label={t("cb.test.connector")}
        value={String(chosen.Id)}
        onChange={(event) => onSearch({ ...search, installed: Number(event.currentTarget.value) })}
        data={installed.data.map((candidate) => ({ value: String(candidate.Id), label: candidate.Name }))}
        maw={420}
      />
      <OnConnector key={chosen.Id} accountId={accountId} connector={chosen} method={method} renderCall={renderCall} />
    </>
  );
}

interface OnConnectorProps {
  accountId: string;
  connector: AccountConnector;
  method: JsonObject;
  renderCall: RenderCall;
}

function OnConnector({ accountId, connector, method, renderCall }: OnConnectorProps) {
  const methods = useConnectorMethods(connector.Connector.Id);
  if (methods.isPending) return <PageSkeleton label={t("methods.what")} shape="form" rows={2} />;
  if (methods.isError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  const identifier = textAt(method, ["uniqueIdentifier"]);
  const live = methods.data.find((candidate) =>
    identifier === "" ? candidate.Name === textAt(method, ["name"]) : candidate.MethodUniqueIdentifier === identifier,
  );
  if (live === undefined) return <Text c="dimmed">{t("cb.test.notLive")}</Text>;
  return renderCall(accountId, connector, live);
}
