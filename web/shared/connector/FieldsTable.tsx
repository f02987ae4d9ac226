import "@shared/messages/en/library";
import { Code, Table, Text } from "@mantine/core";
import type { Field, Parameter } from "@shared/api/types";
import { t } from "@shared/messages/t";

interface FieldsTableProps {
  caption: string;
  fields: readonly (Field | Parameter)[];
}

/** What a method takes or gives. */
export function FieldsTable({ caption, fields }: FieldsTableProps) {
  if (fields.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("methods.noFields")}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing={6} fz="sm" aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("methods.field.name")}</Table.Th>
            <Table.Th>{t("methods.field.location")}</Table.Th>
            <Table.Th>{t("methods.field.type")}</Table.Th>
            <Table.Th>{t("methods.field.required")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((field) => (
            <Table.Tr key={field.Id}>
              <Table.Td>
                {field.Name}
                {field.Description && (
                  <Text size="xs" c="dimmed">
                    {field.Description}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Code>{"TargetName" in field ? field.TargetName : (field.Location ?? "")}</Code>
              </Table.Td>
              <Table.Td>{field.DataType}</Table.Td>
              <Table.Td>{field.IsOptional ? t("no") : t("yes")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
