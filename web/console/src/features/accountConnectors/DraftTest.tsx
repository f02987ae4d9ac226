import "@shared/messages/en/accountConnectors";
import { NativeSelect, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { DraftTest as DraftCall, Method, MethodCall } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useDraftConnector } from "@shared/queries/customConnectors";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { askedFor, authValue, credentialNames, noCredentials, waysOf } from "./asked";
import { AskedFields, CredentialFields, missingOf } from "./AskedFields";
import { MethodForm } from "./MethodForm";

interface DraftTestProps {
  /** Account that owns the custom connector. */
  owner: string;
  connectorId: number;
  /** A method of the draft. */
  method: Method;
  /** The installed connector whose credential is used; typed values when absent. */
  installed?: { accountId: string; accountConnectorId: number } | undefined;
}

/** Runs a method of a draft, which nobody can install. */
export function DraftTest(props: DraftTestProps) {
  return props.installed === undefined ? <WithTyped {...props} /> : <WithInstalled {...props} installed={props.installed} />;
}

function useRunDraft(owner: string, connectorId: number, method: Method) {
  return useMutation({
    mutationFn: (body: DraftCall) =>
      unwrap(
        api.POST("/v1.0/account/connectors/custom/{connectorId}/test/{method}", {
          params: { path: { connectorId, method: method.MethodUniqueIdentifier }, header: inAccount(owner) },
          body,
        }),
      ),
  });
}

function WithInstalled({ owner, connectorId, method, installed }: DraftTestProps & { installed: { accountId: string; accountConnectorId: number } }) {
  const run = useRunDraft(owner, connectorId, method);
  const { accountId, accountConnectorId } = installed;
  return (
    <MethodForm
      method={method}
      run={run}
      onRun={(call) => run.mutate({ ...call, AccountId: accountId, AccountConnectorId: accountConnectorId })}
      lookups={installed}
    />
  );
}

function WithTyped({ owner, connectorId, method }: DraftTestProps) {
  const draft = useDraftConnector(owner, connectorId);
  const run = useRunDraft(owner, connectorId, method);
  const [wayId, setWayId] = useState<string>();
  const [credentials, setCredentials] = useState(noCredentials);
  const [token, setToken] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set());
  if (draft.isPending) return <PageSkeleton label={t("draft.what")} shape="form" rows={2} />;
  if (draft.isError) return <PageError what={t("draft.what")} error={draft.error} onRetry={() => void draft.refetch()} />;
  const ways = waysOf(draft.data);
  const way = ways.find((candidate) => candidate.Id === wayId) ?? ways[0];
  const takesToken = way?.AuthType === "OAuth2";
  const names = credentialNames(way);
  const asked = askedFor(draft.data, [], way);
  if (way?.AuthType === "AuthFields" || way?.AuthType === "OAuth1") return <Text c="dimmed">{t("draft.onlyInstalled")}</Text>;

  const start = (call: MethodCall) => {
    const open = missingOf(asked, values, names, credentials);
    if (takesToken && token.trim() === "") open.add("token");
    setMissing(open);
    if (open.size > 0) return;
    const value = takesToken ? JSON.stringify({ AccessToken: token.trim() }) : authValue(way, credentials);
    const properties = asked
      .map((field) => ({ Name: field.name, Value: (values[field.name] ?? field.initial).trim() }))
      .filter((property) => property.Value !== "");
    run.mutate({
      ...call,
      ...(way === undefined ? {} : { AuthenticationId: way.Id }),
      ...(value === undefined ? {} : { AuthValue: value }),
      Properties: properties,
    });
  };
  return (
    <MethodForm method={method} run={run} onRun={start}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("draft.typedHint")}
        </Text>
        {ways.length > 1 && (
          <NativeSelect
            label={t("install.method")}
            value={way?.Id ?? ""}
            onChange={(event) => setWayId(event.currentTarget.value)}
            data={ways.map((candidate) => ({ value: candidate.Id, label: candidate.AuthName }))}
          />
        )}
        <CredentialFields names={names} credentials={credentials} missing={missing} onChange={setCredentials} />
        {takesToken && (
          <PasswordInput
            label={t("draft.token")}
            required
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={missing.has("token") ? t("form.required") : undefined}
            autoComplete="off"
            visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
          />
        )}
        <AskedFields asked={asked} values={values} missing={missing} onChange={(field, value) => setValues((before) => ({ ...before, [field]: value }))} />
      </Stack>
    </MethodForm>
  );
}
