import "@shared/messages/en/cycles";
import { ActionIcon, Badge, Button, Checkbox, Code, Group, Modal, NativeSelect, Stack, TagsInput, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash, IconVariable } from "@tabler/icons-react";
import { useState } from "react";
import type { CycleVariable, CycleVariableWrite } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import { useDesignChanges, useVariables, type CycleId } from "../useDesign";

/** The types that a variable can have. */
const valueTypes = ["Text", "Integer", "Decimal", "Boolean", "DateTime"] as const satisfies readonly CycleVariable["DataType"][];

/** The variables of a cycle: values that are set once for all their uses. */
export function VariablesTab({ cycle, editable }: { cycle: CycleId; editable: boolean }) {
  const variables = useVariables(cycle);
  const [editing, setEditing] = useState<CycleVariable | "new">();
  const [removing, setRemoving] = useState<CycleVariable>();
  const { removeVariable } = useDesignChanges(cycle);
  const add = editable ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setEditing("new")}>
      {t("variables.add")}
    </Button>
  ) : undefined;
  if (variables.isPending) return <PageSkeleton label={t("variables.what")} rows={3} />;
  if (variables.isLoadingError) return <PageError what={t("variables.what")} error={variables.error} onRetry={() => void variables.refetch()} />;
  return (
    <>
      {variables.data.length === 0 ? (
        <EmptyState icon={<IconVariable size={36} stroke={1.4} />} title={t("variables.none")} hint={t("variables.noneHint")} action={add} />
      ) : (
        <>
          <Group justify="flex-end" mb="md">
            {add}
          </Group>
          <DataTable
            caption={t("cycle.variables")}
            rows={variables.data}
            rowKey={(variable) => variable.SystemName}
            columns={columnsFor(editable ? { onEdit: setEditing, onRemove: setRemoving } : undefined)}
          />
        </>
      )}
      <Modal
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
        title={editing === undefined || editing === "new" ? t("variables.add") : t("variables.edit", { name: editing.DisplayName })}
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        {editing !== undefined && (
          <VariableForm cycle={cycle} variable={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />
        )}
      </Modal>
      <ConfirmDialog
        opened={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={t("variables.deleteTitle", { name: removing?.DisplayName ?? "" })}
        text={t("variables.deleteText")}
        action={t("variables.delete")}
        busy={removeVariable.isPending}
        error={removeVariable.error}
        onConfirm={() => {
          if (removing === undefined) return;
          removeVariable.mutate(removing.SystemName, {
            onSuccess: () => {
              toast(t("variables.deleted", { name: removing.DisplayName }));
              setRemoving(undefined);
            },
          });
        }}
      />
    </>
  );
}

interface RowActions {
  onEdit: (variable: CycleVariable) => void;
  onRemove: (variable: CycleVariable) => void;
}

function columnsFor(actions: RowActions | undefined): Column<CycleVariable>[] {
  return [
    {
      key: "name",
      header: t("name"),
      narrow: "title",
      cell: (variable) => (
        <div>
          <Group gap={6}>
            <Text component="span" fw={560}>
              {variable.DisplayName}
            </Text>
            {variable.IsRequired === true && (
              <Badge size="sm" variant="light">
                {t("variables.required")}
              </Badge>
            )}
            {variable.IsLaunchVisible === true && (
              <Badge size="sm" variant="outline" color="gray">
                {t("mapping.userConfigurable")}
              </Badge>
            )}
          </Group>
          <Code>{variable.SystemName}</Code>
          {variable.Description != null && variable.Description !== "" && (
            <Text size="sm" c="dimmed">
              {variable.Description}
            </Text>
          )}
        </div>
      ),
    },
    { key: "type", header: t("variables.type"), cell: (variable) => variable.DataType },
    {
      key: "value",
      header: t("mapping.value"),
      cell: (variable) => (variable.IsSensitive === true ? t("secret.saved") : (variable.Value ?? "–")),
    },
    ...(actions === undefined
      ? []
      : [
          {
            key: "actions",
            header: t("actions"),
            headerHidden: true,
            align: "end" as const,
            narrow: "plain" as const,
            cell: (variable: CycleVariable) => (
              <Group gap={4} wrap="nowrap" justify="flex-end">
                <Tooltip label={t("variables.edit", { name: variable.DisplayName })}>
                  <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("variables.edit", { name: variable.DisplayName })} onClick={() => actions.onEdit(variable)}>
                    <IconPencil size={18} />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={t("variables.deleteNamed", { name: variable.DisplayName })}>
                  <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("variables.deleteNamed", { name: variable.DisplayName })} onClick={() => actions.onRemove(variable)}>
                    <IconTrash size={18} />
                  </ActionIcon>
                </Tooltip>
              </Group>
            ),
          },
        ]),
  ];
}

interface VariableValues {
  name: string;
  description: string;
  value: string;
  type: CycleVariable["DataType"];
  values: string[];
  required: boolean;
  userConfigurable: boolean;
  sensitive: boolean;
}

function valuesOf(variable: CycleVariable | undefined): VariableValues {
  return {
    name: variable?.DisplayName ?? "",
    description: variable?.Description ?? "",
    // A sensitive value is never shown; left blank it stays.
    value: variable?.IsSensitive === true ? "" : (variable?.Value ?? ""),
    type: variable?.DataType ?? "Text",
    values: variable?.Values ?? [],
    required: variable?.IsRequired ?? false,
    userConfigurable: variable?.IsLaunchVisible ?? false,
    sensitive: variable?.IsSensitive ?? false,
  };
}

function toWire(values: VariableValues, variable: CycleVariable | undefined): CycleVariableWrite {
  const keepsValue = values.sensitive && values.value === "" && variable !== undefined;
  return {
    DisplayName: values.name.trim(),
    Description: values.description.trim() === "" ? null : values.description.trim(),
    DataType: values.type,
    MappingType: values.values.length > 0 ? "ValueList" : "StaticValue",
    Values: values.values.length > 0 ? values.values : null,
    IsRequired: values.required,
    IsLaunchVisible: values.userConfigurable,
    IsSensitive: values.sensitive,
    ...(keepsValue ? {} : { Value: values.value === "" ? null : values.value }),
    ...(variable === undefined ? {} : { SystemName: variable.SystemName }),
  };
}

function VariableForm({ cycle, variable, onClose }: { cycle: CycleId; variable: CycleVariable | undefined; onClose: () => void }) {
  const { addVariable, updateVariable } = useDesignChanges(cycle);
  const [values, setValues] = useState(() => valuesOf(variable));
  const [asked, setAsked] = useState(false);
  const change = (part: Partial<VariableValues>) => setValues({ ...values, ...part });
  const done = () => {
    toast(t("form.savedWhat", { what: values.name.trim() }));
    onClose();
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (values.name.trim() === "") return;
        const body = toWire(values, variable);
        if (variable === undefined) addVariable.mutate(body, { onSuccess: done });
        else updateVariable.mutate({ variable: variable.SystemName, body }, { onSuccess: done });
      }}
    >
      <Stack>
        <TextInput
          label={t("variables.displayName")}
          description={variable === undefined ? t("variables.displayNameHint") : undefined}
          required
          value={values.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={asked && values.name.trim() === "" ? t("variables.nameRequired") : undefined}
          maxLength={200}
          autoComplete="off"
          data-autofocus
        />
        <TextInput label={t("description")} value={values.description} onChange={(event) => change({ description: event.currentTarget.value })} />
        <NativeSelect
          label={t("variables.valueType")}
          value={values.type}
          onChange={(event) => change({ type: valueTypes.find((each) => each === event.currentTarget.value) ?? "Text" })}
          data={[...valueTypes]}
        />
        <TagsInput
          label={t("variables.values")}
          description={t("variables.valuesHint")}
          value={values.values}
          onChange={(list) => change({ values: list, ...(list.length === 0 || list.includes(values.value) ? {} : { value: "" }) })}
        />
        {values.values.length > 0 ? (
          <NativeSelect
            label={t("variables.default")}
            value={values.value}
            onChange={(event) => change({ value: event.currentTarget.value })}
            data={[{ value: "", label: t("none") }, ...values.values]}
          />
        ) : (
          <TextInput
            label={t("variables.default")}
            description={variable?.IsSensitive === true ? t("variables.sensitiveKept") : undefined}
            type={values.sensitive ? "password" : "text"}
            value={values.value}
            onChange={(event) => change({ value: event.currentTarget.value })}
            autoComplete="off"
          />
        )}
        <Checkbox label={t("variables.required")} checked={values.required} onChange={(event) => change({ required: event.currentTarget.checked })} />
        <Checkbox
          label={t("mapping.userConfigurable")}
          checked={values.userConfigurable}
          onChange={(event) => change({ userConfigurable: event.currentTarget.checked })}
        />
        <Checkbox label={t("variables.sensitive")} checked={values.sensitive} onChange={(event) => change({ sensitive: event.currentTarget.checked })} />
        <ErrorNotice error={addVariable.error ?? updateVariable.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={addVariable.isPending || updateVariable.isPending}>
            {t("form.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
