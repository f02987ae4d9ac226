import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { ActionIcon, Badge, Button, Checkbox, Code, Group, Table, Text, Title, Tooltip } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash, IconWand } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { AccountConnector, CategoryCopy, CustomField, Field, Method } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { toast } from "@shared/ui/toast";
import { customFieldsOf, declaredOf, everyMethod, type Part } from "./customFields";
import { FieldDialog } from "./FieldDialog";
import { GenerateDialog } from "./GenerateDialog";
import { useDeleteFields } from "./useCustomFields";
import classes from "./Fields.module.css";

interface FieldsPartProps {
  accountId: string;
  connector: AccountConnector;
  method: Method;
  copies: readonly CategoryCopy[];
  /** The copy that the method is looked at in. */
  object: CategoryCopy | undefined;
  part: Part;
  editable: boolean;
}

/** The fields of a request or a response: the definition's own, and those that the account added. */
export function FieldsPart({ accountId, connector, method, copies, object, part, editable }: FieldsPartProps) {
  const title = useId();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [dialog, setDialog] = useState<"add" | "generate" | CustomField | null>(null);
  const [deleting, setDeleting] = useState<readonly CustomField[]>([]);
  const declared = declaredOf(method, part).filter((field) => field.IsHidden !== true);
  const custom = customFieldsOf(connector.CustomFields, part, method, copies, object);
  const taken = new Set([...declaredOf(method, part).map((field) => field.Location ?? ""), ...custom.map((field) => field.ConnectorField)]);
  const selected = custom.filter((field) => chosen.has(field.Id));
  const choose = (fields: readonly CustomField[], on: boolean) =>
    setChosen((before) => {
      const after = new Set(before);
      for (const { Id } of fields) {
        if (on) after.add(Id);
        else after.delete(Id);
      }
      return after;
    });
  const place = { part, method, object };

  return (
    <section className={classes.part} aria-labelledby={title}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Title order={3} fz="1rem" id={title}>
          {t(`method.${part}`)}
        </Title>
        {editable && (
          <Group gap={6}>
            {selected.length > 0 && (
              <Button size="compact-sm" variant="light" color="red" leftSection={<IconTrash size={15} />} onClick={() => setDeleting(selected)}>
                {t("fields.deleteChosen", { count: selected.length })}
              </Button>
            )}
            <Button size="compact-sm" variant="default" leftSection={<IconWand size={15} />} onClick={() => setDialog("generate")}>
              {t("fields.generate")}
            </Button>
            <Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} onClick={() => setDialog("add")}>
              {t("fields.add")}
            </Button>
          </Group>
        )}
      </Group>
      {declared.length + custom.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("methods.noFields")}
        </Text>
      ) : (
        <Table.ScrollContainer type="native" minWidth={620} tabIndex={0} role="group" aria-labelledby={title}>
          <Table verticalSpacing={6} fz="sm" aria-labelledby={title}>
            <Table.Thead>
              <Table.Tr>
                {editable && custom.length > 0 && (
                  <Table.Th w={36}>
                    <Checkbox
                      size="xs"
                      aria-label={t("fields.chooseAll")}
                      checked={selected.length === custom.length}
                      indeterminate={selected.length > 0 && selected.length < custom.length}
                      onChange={(event) => choose(custom, event.currentTarget.checked)}
                    />
                  </Table.Th>
                )}
                <Table.Th>{t("methods.field.location")}</Table.Th>
                <Table.Th>{t("methods.field.name")}</Table.Th>
                <Table.Th>{t("description")}</Table.Th>
                <Table.Th>{t("methods.field.type")}</Table.Th>
                <Table.Th>{t("methods.field.required")}</Table.Th>
                {editable && custom.length > 0 && (
                  <Table.Th>
                    <span className={classes.hidden}>{t("actions")}</span>
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {custom.map((field) => (
                <Table.Tr key={`custom-${field.Id}`}>
                  {editable && (
                    <Table.Td>
                      <Checkbox
                        size="xs"
                        aria-label={t("fields.choose", { name: field.DisplayName })}
                        checked={chosen.has(field.Id)}
                        onChange={(event) => choose([field], event.currentTarget.checked)}
                      />
                    </Table.Td>
                  )}
                  <Table.Td className={classes.location}>
                    <Code>{field.ConnectorField}</Code>
                  </Table.Td>
                  <Table.Td className={classes.words}>
                    {field.DisplayName} <FieldBadges field={field} />
                  </Table.Td>
                  <Table.Td className={classes.words} c="dimmed">{field.Description}</Table.Td>
                  <Table.Td>{typeOf(field)}</Table.Td>
                  <Table.Td>{t("no")}</Table.Td>
                  {editable && (
                    <Table.Td>
                      <Group gap={2} wrap="nowrap" justify="flex-end">
                        <Tooltip label={t("fields.edit")}>
                          <ActionIcon variant="subtle" color="gray" aria-label={t("fields.editNamed", { name: field.DisplayName })} onClick={() => setDialog(field)}>
                            <IconPencil size={16} />
                          </ActionIcon>
                        </Tooltip>
                        <Tooltip label={t("fields.delete")}>
                          <ActionIcon variant="subtle" color="gray" aria-label={t("fields.deleteNamed", { name: field.DisplayName })} onClick={() => setDeleting([field])}>
                            <IconTrash size={16} />
                          </ActionIcon>
                        </Tooltip>
                      </Group>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
              {declared.map((field) => (
                <DeclaredRow key={field.Id} field={field} padded={editable && custom.length > 0} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {dialog === "generate" && (
        <GenerateDialog accountId={accountId} accountConnectorId={connector.Id} place={place} taken={taken} onClose={() => setDialog(null)} />
      )}
      {dialog !== null && dialog !== "generate" && (
        <FieldDialog
          accountId={accountId}
          accountConnectorId={connector.Id}
          place={place}
          taken={taken}
          {...(dialog === "add" ? {} : { field: dialog })}
          onClose={() => setDialog(null)}
        />
      )}
      <DeleteDialog accountId={accountId} accountConnectorId={connector.Id} fields={deleting} onClose={() => setDeleting([])} onDeleted={(fields) => choose(fields, false)} />
    </section>
  );
}

function DeclaredRow({ field, padded }: { field: Field; padded: boolean }) {
  return (
    <Table.Tr>
      {padded && <Table.Td />}
      <Table.Td className={classes.location}>
        <Code>{field.Location ?? ""}</Code>
      </Table.Td>
      <Table.Td className={classes.words}>{field.Name}</Table.Td>
      <Table.Td className={classes.words} c="dimmed">{field.Description}</Table.Td>
      <Table.Td>{field.DataType}</Table.Td>
      <Table.Td>{field.IsOptional ? t("no") : t("yes")}</Table.Td>
      {padded && <Table.Td />}
    </Table.Tr>
  );
}

function FieldBadges({ field }: { field: CustomField }) {
  const marks = [
    t(field.IsDynamic === true ? "fields.found" : "fields.custom"),
    ...(field.MethodUniqueIdentifier === everyMethod ? [t("fields.everyMethod")] : []),
    ...(field.EntityIdentifier ? [field.EntityIdentifier] : []),
  ];
  return (
    <>
      {marks.map((mark) => (
        <Badge key={mark} size="xs" variant="light" tt="none" mr={4}>
          {mark}
        </Badge>
      ))}
    </>
  );
}

function typeOf(field: CustomField): string {
  return field.DataTypeFormat ? `${field.DataType} (${field.DataTypeFormat})` : field.DataType;
}

interface DeleteDialogProps {
  accountId: string;
  accountConnectorId: number;
  fields: readonly CustomField[];
  onClose: () => void;
  onDeleted: (fields: readonly CustomField[]) => void;
}

function DeleteDialog({ accountId, accountConnectorId, fields, onClose, onDeleted }: DeleteDialogProps) {
  const { work, progress } = useDeleteFields(accountId, accountConnectorId);
  const [first] = fields;
  const named = fields.length === 1 && first !== undefined;
  return (
    <ConfirmDialog
      opened={fields.length > 0}
      onClose={() => {
        if (!work.isPending) onClose();
      }}
      title={named ? t("fields.deleteTitle", { name: first.DisplayName }) : t("fields.deleteManyTitle", { count: fields.length })}
      text={t("fields.deleteText")}
      action={t("fields.delete")}
      busy={work.isPending}
      error={work.error}
      onConfirm={() =>
        work.mutate(
          fields.map((field) => field.Id),
          {
            onSuccess: (count) => {
              toast(t("fields.deleted", { count }));
              onDeleted(fields);
              onClose();
            },
          },
        )
      }
    >
      {work.isPending && progress.total > 1 && (
        <Text size="sm" c="dimmed" role="status">
          {t("fields.progress", { done: progress.done, total: progress.total })}
        </Text>
      )}
    </ConfirmDialog>
  );
}
