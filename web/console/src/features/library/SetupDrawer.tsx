import "@shared/messages/en/library";
import { Alert, Badge, Button, Drawer, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconBook2, IconInfoCircle, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useState } from "react";
import type { ConnectorSetup } from "@shared/api/types";
import { useConnector } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { SecretInput } from "@shared/ui/SecretInput";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { Guide } from "./Guide";
import { changesOf, initialValues } from "./setupForm";
import { useClearSetup, useSaveSetup, useSetup } from "./useSetup";
import classes from "./Setup.module.css";

interface SetupDrawerProps {
  connectorId: number;
  /** The guide stands beside the form. */
  guide: boolean;
  onGuide: (open: boolean) => void;
  onClose: () => void;
}

/** **Authentication Settings**: what a partner stores once for all accounts. */
export function SetupDrawer({ connectorId, guide, onGuide, onClose }: SetupDrawerProps) {
  const setup = useSetup(connectorId);
  usePageTitle(setup.data === undefined ? t("setup.title") : `${t("setup.title")}, ${setup.data.ConnectorName}`);

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={guide ? "min(1120px, 100%)" : "min(560px, 100%)"}
      title={t("setup.title")}
      closeButtonProps={{ "aria-label": t("form.close") }}
      classNames={{ body: classes.body ?? "" }}
    >
      {setup.isPending && <PageSkeleton label={t("setup.what")} shape="form" rows={4} />}
      {setup.isLoadingError && <PageError what={t("setup.what")} error={setup.error} onRetry={() => void setup.refetch()} />}
      {setup.data !== undefined && (
        <div className={classes.columns} data-guide={guide}>
          <div>
            <Heading setup={setup.data} guide={guide} onGuide={onGuide} />
            {/* A new stored state is a new form. */}
            <SetupForm key={setup.data.UpdatedOnUtc ?? "blank"} setup={setup.data} />
          </div>
          {guide && <Guide connectorId={connectorId} onClose={() => onGuide(false)} />}
        </div>
      )}
    </Drawer>
  );
}

function Heading({ setup, guide, onGuide }: { setup: ConnectorSetup; guide: boolean; onGuide: (open: boolean) => void }) {
  const connector = useConnector(setup.ConnectorId).data;
  return (
    <Stack gap="md" mb="lg">
      <Group gap="md" wrap="nowrap">
        <ConnectorIcon icon={connector?.Icon} name={setup.ConnectorName} size={48} />
        <div>
          <Title order={3} fz="1.25rem">
            {setup.ConnectorName}
          </Title>
          <Group gap={8} mt={2}>
            <Badge
              variant="light"
              color={setup.SetupRequired ? "orange" : "teal"}
              leftSection={setup.SetupRequired ? <IconLockOpen size={12} /> : <IconLock size={12} />}
            >
              {t(setup.SetupRequired ? "setup.incomplete" : "setup.complete")}
            </Badge>
            {setup.UpdatedOnUtc != null && (
              <Text size="sm" c="dimmed">
                {t("setup.changed")} <When value={setup.UpdatedOnUtc} />
              </Text>
            )}
          </Group>
        </div>
      </Group>
      <div>
        <Button variant="light" leftSection={<IconBook2 size={18} />} aria-expanded={guide} onClick={() => onGuide(!guide)}>
          {t("setup.guide")}
        </Button>
      </div>
      {connector !== undefined && connector.Authentication.length > 1 && (
        <div>
          <Text size="sm" fw={550} mb={4}>
            {t("setup.methods")}
          </Text>
          <Stack gap={2}>
            {connector.Authentication.map((way) => (
              <Text key={way.Id} size="sm" c="dimmed">
                {way.AuthName}
              </Text>
            ))}
          </Stack>
        </div>
      )}
    </Stack>
  );
}

function SetupForm({ setup }: { setup: ConnectorSetup }) {
  const rights = useRights();
  const [values, setValues] = useState(() => initialValues(setup.Fields));
  const save = useSaveSetup(setup.ConnectorId);
  const clear = useClearSetup(setup.ConnectorId);
  const [clearing, setClearing] = useState(false);
  const changes = changesOf(setup.Fields, values);
  const dirty = Object.keys(changes).length > 0;
  const set = (name: string, value: string | null) => setValues((before) => ({ ...before, [name]: value }));
  const editable = setup.Fields.filter((field) => !field.IsReadOnly);
  const readOnly = setup.Fields.filter((field) => field.IsReadOnly && field.Name !== "CallbackUrl");
  const callback = setup.Fields.find((field) => field.Name === "CallbackUrl");

  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(changes);
      }}
    >
      <UnsavedGuard dirty={dirty && !save.isPending} />
      <Stack gap="md">
        {editable.length === 0 && <Text>{t("setup.nothing")}</Text>}
        {editable.map((field) =>
          field.IsSensitive ? (
            <SecretInput
              key={field.Name}
              label={field.Label}
              description={field.Description ?? undefined}
              isSet={field.IsSet}
              value={values[field.Name] ?? null}
              onChange={(value) => set(field.Name, value)}
              disabled={!rights.setUpConnectors}
            />
          ) : (
            <TextInput
              key={field.Name}
              label={field.Label}
              description={field.Description}
              value={values[field.Name] ?? ""}
              onChange={(event) => set(field.Name, event.currentTarget.value)}
              disabled={!rights.setUpConnectors}
              autoComplete="off"
              spellCheck={false}
            />
          ),
        )}
        {readOnly.map((field) => (
          <CopyField key={field.Name} label={field.Label} value={field.Value ?? ""} {...(field.Description ? { description: field.Description } : {})} />
        ))}
        <CopyField
          label={callback?.Label ?? t("setup.callback")}
          description={callback?.Description ?? t("setup.callbackHint")}
          value={callback?.Value ?? setup.CallbackUrl}
        />
        {changes.ClientId !== undefined && setup.ClientId && (
          <Alert color="orange" icon={<IconInfoCircle />}>
            {t("setup.reauth")}
          </Alert>
        )}
        <Text size="sm" c="dimmed">
          {t("setup.blankNote")}
        </Text>
        <ErrorNotice error={save.error} />
      </Stack>
      {rights.setUpConnectors && editable.length > 0 && (
        <Group justify="space-between" align="flex-end">
          <SaveBar busy={save.isPending} />
          {setup.Fields.some((field) => field.IsSet && !field.IsReadOnly) && (
            <Button variant="subtle" color="red" onClick={() => setClearing(true)}>
              {t("setup.clear")}
            </Button>
          )}
        </Group>
      )}
      <ConfirmDialog
        opened={clearing}
        onClose={() => setClearing(false)}
        title={t("setup.clearTitle", { connector: setup.ConnectorName })}
        text={t("setup.clearText")}
        action={t("setup.clear")}
        busy={clear.isPending}
        error={clear.error}
        onConfirm={() =>
          clear.mutate(undefined, {
            onSuccess: () => {
              setClearing(false);
              toast(t("setup.cleared", { connector: setup.ConnectorName }));
            },
          })
        }
      />
    </form>
  );
}
