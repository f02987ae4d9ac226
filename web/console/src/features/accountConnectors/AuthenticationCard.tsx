import "@shared/messages/en/accountConnectors";
import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { AccountConnector, SetupField } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { askedFor, authValue, credentialNames, modeOf, noCredentials, waysOf } from "./asked";
import { AskedFields, CredentialFields, missingOf } from "./AskedFields";
import { ConsentStatus } from "./ConsentStatus";
import { stateOf } from "./StateBadge";
import { setProperty, useDeauthenticate, useUpdateConnector } from "./useAccountConnectors";
import { useConsent } from "./useConsent";

interface AuthenticationCardProps {
  accountId: string;
  connector: AccountConnector;
  setup: readonly SetupField[];
  editable: boolean;
}

/** Whether the connector may call its provider, and how to make it so. */
export function AuthenticationCard({ accountId, connector, setup, editable }: AuthenticationCardProps) {
  const ways = waysOf(connector.Connector);
  const state = stateOf(connector);
  const [wayId, setWayId] = useState(connector.AuthenticationId ?? ways[0]?.Id);
  const way = ways.find((candidate) => candidate.Id === wayId) ?? ways[0];
  const mode = way === undefined ? "none" : modeOf(way);
  const names = credentialNames(way);
  const [credentials, setCredentials] = useState(noCredentials);
  const [values, setValues] = useState<Record<string, string>>({});
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const update = useUpdateConnector(accountId, connector.Id);
  const deauthenticate = useDeauthenticate(accountId, connector.Id);
  const consent = useConsent(accountId, () => toast(t("auth.done", { name: connector.Name })));

  // Other values stand below, as properties; here only what blocks authenticating is asked for.
  const given = new Set(connector.Properties.filter((property) => property.Value !== "").map((property) => property.Name));
  const asked = askedFor(connector.Connector, setup, way).filter((field) => !field.optional && !given.has(field.name));

  const setAsked = async () => {
    for (const field of asked) {
      await setProperty(accountId, connector.Id, { Name: field.name, Value: (values[field.name] ?? field.initial).trim() });
    }
  };
  const prepareWindow = async () => {
    await setAsked();
    if (way !== undefined && way.Id !== connector.AuthenticationId) await update.mutateAsync({ AuthenticationId: way.Id });
    return { accountConnectorId: connector.Id };
  };
  const save = useMutation({
    mutationFn: async (credential: { AuthValue: string; AuthenticationId: string }) => {
      await setAsked();
      return update.mutateAsync(credential);
    },
    onSuccess: () => {
      setCredentials(noCredentials);
      toast(t("auth.saved"));
    },
  });

  const submit = () => {
    const open = missingOf(asked, values, names, credentials);
    setMissing(open);
    if (open.size > 0) return;
    if (mode === "window") {
      consent.start(prepareWindow);
      return;
    }
    const value = authValue(way, credentials);
    if (way !== undefined && value !== undefined) save.mutate({ AuthValue: value, AuthenticationId: way.Id });
  };

  return (
    <Section title={t("auth.title")} description={mode === "none" ? t("auth.none") : t(`auth.stateHint.${state}`)}>
      {mode !== "none" && editable && (
        <form
          noValidate
          autoComplete="off"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Stack maw={520}>
            {ways.length > 1 && (
              <Radio.Group label={t("install.method")} value={way?.Id ?? ""} onChange={setWayId}>
                <Stack gap={6} mt={6}>
                  {ways.map((candidate) => (
                    <Radio key={candidate.Id} value={candidate.Id} label={candidate.AuthName} description={candidate.AuthDescription} />
                  ))}
                </Stack>
              </Radio.Group>
            )}
            <AskedFields asked={asked} values={values} missing={missing} onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))} />
            <CredentialFields names={names} credentials={credentials} missing={missing} onChange={setCredentials} stored={state !== "NotAuthenticated"} />
            {mode === "automatic" && <Text size="sm" c="dimmed">{t("auth.automatic")}</Text>}
            {mode === "window" && <Text size="sm" c="dimmed">{t("auth.popupNote")}</Text>}
            <ErrorNotice error={mode === "window" ? null : save.error} />
            <ConsentStatus consent={consent} />
            <Group>
              <Button type="submit" loading={save.isPending || consent.isWaiting}>
                {mode === "typed" ? t("auth.save") : t(state === "NotAuthenticated" ? "auth.authenticate" : "auth.reauthenticate")}
              </Button>
              {state !== "NotAuthenticated" && (
                <Button variant="default" onClick={() => setAsking(true)}>
                  {t("auth.deauthenticate")}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      )}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("auth.deauthenticateTitle", { name: connector.Name })}
        text={t("auth.deauthenticateText")}
        action={t("auth.deauthenticate")}
        busy={deauthenticate.isPending}
        error={deauthenticate.error}
        onConfirm={() =>
          deauthenticate.mutate(undefined, {
            onSuccess: () => {
              setAsking(false);
              toast(t("auth.deauthenticated", { name: connector.Name }));
            },
          })
        }
      />
    </Section>
  );
}
