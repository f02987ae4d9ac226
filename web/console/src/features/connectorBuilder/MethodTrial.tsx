import { Alert, NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { AccountConnector, Method } from "@shared/api/types";
import { accountKey, useAccounts } from "@shared/queries/accounts";
import { useDraftMethods } from "@shared/queries/customConnectors";
import { useConnectorMethods } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { textAt, type JsonObject } from "./model/json";
import type { BuilderSearch } from "./search";

/** Draws the form that calls a method for real. */
export type RenderCall = (accountId: string, connector: AccountConnector, method: Method) => ReactNode;

/** The installed connector whose credential a draft is called with. */
export interface DraftCredential {
  accountId: string;
  accountConnectorId: number;
}

/** Draws the form that calls a method of the draft; without a credential it asks for one. */
export type RenderDraftCall = (owner: string, connectorId: number, method: Method, installed: DraftCredential | undefined) => ReactNode;

interface MethodTrialProps {
  /** Account that owns the custom connector. */
  owner: string;
  connectorId: number;
  /** The custom connector's unique identifier, by which its installations are known. */
  connectorIdentifier: string;
  /** There is a draft, which is tested then; else the live release is. */
  hasDraft: boolean;
  /** What is shown is not what is stored. */
  isDirty: boolean;
  method: JsonObject;
  search: BuilderSearch;
  onSearch: (search: BuilderSearch) => void;
  renderCall: RenderCall;
  renderDraftCall: RenderDraftCall;
}

/** Chooses what to call with, and tries the method: the draft's, or without a draft the live release's. */
export function MethodTrial(props: MethodTrialProps) {
  const { owner, connectorId, hasDraft, isDirty, method, search, onSearch, renderDraftCall } = props;
  const accounts = useAccounts();
  if (accounts.isPending) return <PageSkeleton label={t("cb.part.test")} shape="form" rows={2} />;
  if (accounts.error !== null && accounts.items.length === 0)
    return <PageError what={t("cb.test.accounts")} error={accounts.error} onRetry={accounts.retry} />;
  if (!hasDraft && accounts.items.length === 0) return <Text c="dimmed">{t("cb.test.noAccounts")}</Text>;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {hasDraft ? t("cb.test.draftHint") : t("cb.test.hint")}
      </Text>
      {isDirty && <Alert color="orange">{t("cb.test.dirty")}</Alert>}
      <NativeSelect
        label={hasDraft ? t("cb.test.credential") : t("cb.test.account")}
        value={search.account ?? ""}
        onChange={(event) => {
          const { account, installed, ...rest } = search;
          onSearch({ ...rest, ...(event.currentTarget.value === "" ? {} : { account: event.currentTarget.value }) });
        }}
        data={[
          { value: "", label: hasDraft ? t("cb.test.typed") : t("cb.test.chooseAccount") },
          ...accounts.items.map((account) => ({ value: account.Id, label: account.Name })),
        ]}
        maw={420}
      />
      {search.account !== undefined && <InAccount key={search.account} {...props} accountId={search.account} />}
      {search.account === undefined && hasDraft && (
        <OfDraft owner={owner} connectorId={connectorId} method={method} render={(found) => renderDraftCall(owner, connectorId, found, undefined)} />
      )}
    </Stack>
  );
}

/** No account has more connectors than one answer holds. */
const pageSize = 1000;

function InAccount(props: MethodTrialProps & { accountId: string }) {
  const { owner, connectorId, accountId, connectorIdentifier, hasDraft, method, search, onSearch, renderCall, renderDraftCall } = props;
  const installed = useQuery({
    queryKey: [...accountKey(accountId), "connectors", "of", connectorIdentifier],
    queryFn: async ({ signal }) => {
      const all = await unwrap(api.GET("/v1.0/account/connectors", { params: { header: inAccount(accountId), query: { pageSize } }, signal }));
      return all.filter((candidate) => candidate.Connector.UniqueIdentifier === connectorIdentifier);
    },
  });
  if (installed.isPending) return <PageSkeleton label={t("cb.test.connector")} shape="form" rows={1} />;
  if (installed.isLoadingError) return <PageError what={t("cb.test.connector")} error={installed.error} onRetry={() => void installed.refetch()} />;
  const [first] = installed.data;
  if (first === undefined) return <Text c="dimmed">{hasDraft ? t("cb.test.draftNotInstalled") : t("cb.test.notInstalled")}</Text>;
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
      {hasDraft ? (
        <OfDraft
          key={chosen.Id}
          owner={owner}
          connectorId={connectorId}
          method={method}
          render={(found) => renderDraftCall(owner, connectorId, found, { accountId, accountConnectorId: chosen.Id })}
        />
      ) : (
        <OnConnector key={chosen.Id} accountId={accountId} connector={chosen} method={method} renderCall={renderCall} />
      )}
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
  if (methods.isLoadingError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  const live = sameMethod(methods.data, method);
  if (live === undefined) return <Text c="dimmed">{t("cb.test.notLive")}</Text>;
  return renderCall(accountId, connector, live);
}

interface OfDraftProps {
  owner: string;
  connectorId: number;
  method: JsonObject;
  render: (method: Method) => ReactNode;
}

/** The method as the stored draft has it. */
function OfDraft({ owner, connectorId, method, render }: OfDraftProps) {
  const methods = useDraftMethods(owner, connectorId);
  if (methods.isPending) return <PageSkeleton label={t("methods.what")} shape="form" rows={2} />;
  if (methods.isLoadingError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  const stored = sameMethod(methods.data, method);
  if (stored === undefined) return <Text c="dimmed">{t("cb.test.notSaved")}</Text>;
  return render(stored);
}

/** The method of a release that the builder's is. */
function sameMethod(methods: readonly Method[], method: JsonObject): Method | undefined {
  const identifier = textAt(method, ["uniqueIdentifier"]);
  return methods.find((candidate) =>
    identifier === "" ? candidate.Name === textAt(method, ["name"]) : candidate.MethodUniqueIdentifier === identifier,
  );
}
