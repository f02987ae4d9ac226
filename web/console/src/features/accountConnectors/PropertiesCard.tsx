import "@shared/messages/en/accountConnectors";
import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { AccountConnector } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { SecretInput } from "@shared/ui/SecretInput";
import { toast, toastFailure } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { changedProperties, propertyRows, type PropertyRow } from "./properties";
import { useDeleteProperty, useSetProperties } from "./useAccountConnectors";

interface PropertiesCardProps {
  accountId: string;
  connector: AccountConnector;
  editable: boolean;
}

/** The values of this installation. */
export function PropertiesCard({ accountId, connector, editable }: PropertiesCardProps) {
  const rows = propertyRows(connector);
  const [values, setValues] = useState<Record<string, string | null>>({});
  const [added, setAdded] = useState<{ name: string; value: string }>();
  const save = useSetProperties(accountId, connector.Id);
  const changes = [
    ...changedProperties(rows, values),
    ...(added === undefined || added.name.trim() === "" ? [] : [{ Name: added.name.trim(), Value: added.value }]),
  ];
  const set = (name: string, value: string | null) => setValues((before) => ({ ...before, [name]: value }));

  return (
    <Section
      title={t("edit.properties")}
      description={t("edit.propertiesHint")}
      actions={
        editable &&
        added === undefined && (
          <Button variant="default" size="sm" onClick={() => setAdded({ name: "", value: "" })}>
            {t("edit.addProperty")}
          </Button>
        )
      }
    >
      <form
        noValidate
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(changes, {
            onSuccess: () => {
              setValues({});
              setAdded(undefined);
              toast(t("edit.propertySaved"));
            },
          });
        }}
      >
        <UnsavedGuard dirty={changes.length > 0 && !save.isPending} />
        <Stack maw={560}>
          {rows.length === 0 && added === undefined && <Text c="dimmed">{t("edit.propertiesNone")}</Text>}
          {rows.map((row) => (
            <Property
              key={row.name}
              row={row}
              value={values[row.name]}
              onChange={(value) => set(row.name, value)}
              editable={editable}
              accountId={accountId}
              accountConnectorId={connector.Id}
            />
          ))}
          {added !== undefined && (
            <Group grow>
              <TextInput label={t("edit.propertyName")} value={added.name} onChange={(event) => setAdded({ ...added, name: event.currentTarget.value })} />
              <TextInput label={t("edit.propertyValue")} value={added.value} onChange={(event) => setAdded({ ...added, value: event.currentTarget.value })} />
            </Group>
          )}
          <ErrorNotice error={save.error} />
          {editable && (rows.length > 0 || added !== undefined) && (
            <Group>
              <Button type="submit" loading={save.isPending} disabled={changes.length === 0}>
                {t("edit.saveProperties")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Section>
  );
}

interface PropertyProps {
  row: PropertyRow;
  value: string | null | undefined;
  onChange: (value: string | null) => void;
  editable: boolean;
  accountId: string;
  accountConnectorId: number;
}

function Property({ row, value, onChange, editable, accountId, accountConnectorId }: PropertyProps) {
  const remove = useDeleteProperty(accountId, accountConnectorId);
  const id = row.id;
  const change = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  const shared = { label: row.label, description: row.description, disabled: !editable };
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <div style={{ flex: 1, minWidth: 0 }}>
        {row.sensitive ? (
          <SecretInput
            label={row.label}
            description={row.description}
            disabled={!editable}
            isSet={id !== undefined}
            value={value ?? (id === undefined ? "" : null)}
            onChange={onChange}
          />
        ) : row.values.length > 0 ? (
          <NativeSelect {...shared} data={["", ...row.values]} value={value ?? row.value} onChange={change} />
        ) : (
          <TextInput {...shared} value={value ?? row.value} onChange={change} spellCheck={false} />
        )}
      </div>
      {id !== undefined && editable && (
        <Tooltip label={t("edit.removeProperty", { name: row.label })}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={t("edit.removeProperty", { name: row.label })}
            loading={remove.isPending}
            onClick={() =>
              remove.mutate(id, {
                onSuccess: () => toast(t("edit.propertyRemoved", { name: row.label })),
                onError: (error) => toastFailure(t("edit.removeProperty", { name: row.label }), error),
              })
            }
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}
