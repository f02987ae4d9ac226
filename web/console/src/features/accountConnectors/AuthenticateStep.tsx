import "@shared/messages/en/accountConnectors";
import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { AccountConnector, Connector, SetupField } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { askedFor, authValue, credentialNames, installation, modeOf, noCredentials, waysOf } from "./asked";
import { AskedFields, CredentialFields, missingOf } from "./AskedFields";
import { ConsentStatus } from "./ConsentStatus";
import { setProperty, updateConnector, useInstall } from "./useAccountConnectors";
import { useConsent } from "./useConsent";

interface AuthenticateStepProps {
  accountId: string;
  connector: Connector;
  setup: readonly SetupField[];
  name: string;
  description: string;
  onBack: () => void;
  onClose: () => void;
}

/** The wizard's last page: what was left blank, and the credentials. */
export function AuthenticateStep({ accountId, connector, setup, name, description, onBack, onClose }: AuthenticateStepProps) {
  const ways = waysOf(connector);
  const [way, setWay] = useState(ways[0]);
  const [values, setValues] = useState<Record<string, string>>({});
  const [credentials, setCredentials] = useState(noCredentials);
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set());
  const [installed, setInstalled] = useState<AccountConnector>();
  const install = useInstall(accountId);
  const consent = useConsent(accountId, () => {
    toast(t("install.doneAuthenticated", { name: name.trim() }));
    onClose();
  });

  const mode = way === undefined ? "none" : modeOf(way);
  const asked = askedFor(connector, setup, way);
  const names = credentialNames(way);
  const isComplete = () => {
    const open = missingOf(asked, values, names, credentials);
    setMissing(open);
    return open.size === 0;
  };

  const put = async (authentication: string | undefined) => {
    const wanted = installation(name, description, way, asked, values, authentication);
    if (installed === undefined) return install.mutateAsync({ connectorId: connector.Id, ...wanted, onInstalled: setInstalled });
    // After a closed window or a refused value it is installed already; the rest may be another.
    const all = [...(wanted.install.Properties ?? []), ...wanted.later];
    for (const property of all) await setProperty(accountId, installed.Id, { Name: property.Name, Value: property.Value ?? "" });
    if (authentication === undefined || way === undefined) return installed;
    return updateConnector(accountId, installed.Id, { AuthValue: authentication, AuthenticationId: way.Id });
  };
  const finish = useMutation({
    mutationFn: put,
    onSuccess: (done) => {
      toast(t(done.Authenticated ? "install.doneAuthenticated" : "install.done", { name: done.Name }));
      onClose();
    },
  });

  const submit = () => {
    if (!isComplete()) return;
    if (mode === "window") {
      consent.start(async () => ({ accountConnectorId: (await put(undefined)).Id }));
    } else {
      finish.mutate(authValue(way, credentials));
    }
  };

  const skip = () => {
    // Nothing is left to install then.
    if (installed === undefined) finish.mutate(undefined);
    else onClose();
  };

  return (
    <form
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        {ways.length > 1 && (
          <Radio.Group
            label={t("install.method")}
            value={way?.Id ?? ""}
            onChange={(id) => {
              setWay(ways.find((candidate) => candidate.Id === id));
              setMissing(new Set());
            }}
          >
            <Stack gap={6} mt={6}>
              {ways.map((candidate) => (
                <Radio key={candidate.Id} value={candidate.Id} label={candidate.AuthName} description={candidate.AuthDescription} disabled={installed !== undefined} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {ways.length === 1 && way?.AuthDescription && <Text size="sm" c="dimmed">{way.AuthDescription}</Text>}
        <AskedFields asked={asked} values={values} missing={missing} onChange={(field, value) => setValues((before) => ({ ...before, [field]: value }))} />
        <CredentialFields names={names} credentials={credentials} missing={missing} onChange={setCredentials} />
        {asked.length + names.length === 0 && <Text size="sm">{t("install.nothingAsked")}</Text>}
        {mode === "window" && <Text size="sm" c="dimmed">{t("auth.popupNote")}</Text>}
        <ErrorNotice error={consent.isWaiting ? null : finish.error} title={t(installed === undefined ? "install.failed" : "install.notFinished", { name: name.trim() })} />
        <ConsentStatus consent={consent} />
        <Group justify="space-between">
          <Button variant="default" onClick={onBack} disabled={installed !== undefined || finish.isPending || consent.isWaiting}>
            {t("form.back")}
          </Button>
          <Group gap="sm">
            {mode !== "none" && (
              <Button variant="subtle" onClick={skip} disabled={finish.isPending || consent.isWaiting}>
                {t("install.skip")}
              </Button>
            )}
            <Button type="submit" loading={finish.isPending || consent.isWaiting}>
              {t(mode === "window" ? "install.authenticate" : "install.finish")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
