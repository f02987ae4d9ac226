import { Badge, Table } from "@mantine/core";
import type { DefinitionFault } from "@shared/api/types";
import { t } from "@shared/messages/t";

/** Every fault of a definition that was not taken. */
export function FaultTable({ faults }: { faults: readonly DefinitionFault[] }) {
  return (
    <Table.ScrollContainer minWidth={420} mah={280} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table fz="sm" aria-label={t("cc.faults")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("cc.faultPlace")}</Table.Th>
            <Table.Th>{t("cc.fault")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {faults.map((fault, index) => (
            <Table.Tr key={index}>
              <Table.Td>{fault.Line == null ? fault.Pointer : `${fault.Line}:${fault.Column ?? 1}`}</Table.Td>
              <Table.Td>
                <Badge size="sm" variant="light" color={fault.Severity === "Error" ? "red" : "orange"} mr={6}>
                  {fault.Code}
                </Badge>
                {fault.Message}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
