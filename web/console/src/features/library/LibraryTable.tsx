import { ActionIcon, Badge, Group, Text, Tooltip } from "@mantine/core";
import { IconClock, IconList, IconLock, IconLockOpen } from "@tabler/icons-react";
import type { PartnerConnector } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { setupStateOf } from "./filter";

interface LibraryTableProps {
  entries: readonly PartnerConnector[];
  onOpen: (view: "setup" | "releases" | "methods", connectorId: number) => void;
}

/** The connectors of one page. */
export function LibraryTable({ entries, onOpen }: LibraryTableProps) {
  const columns: Column<PartnerConnector>[] = [
    {
      key: "name",
      header: t("name"),
      narrow: "title",
      cell: ({ Connector: connector }) => (
        <Group gap="sm" wrap="nowrap">
          <ConnectorIcon icon={connector.Icon} name={connector.Name} />
          <Text component="span" fw={560}>
            {connector.Name}
          </Text>
          {(connector.Status === "Beta" || connector.Status === "Planned") && (
            <Badge size="sm" variant="light" color={connector.Status === "Beta" ? "blue" : "gray"}>
              {t(connector.Status === "Beta" ? "library.badge.beta" : "library.badge.planned")}
            </Badge>
          )}
        </Group>
      ),
    },
    { key: "version", header: t("version"), cell: (entry) => entry.Connector.Version ?? "–", width: 110 },
    {
      key: "category",
      header: t("category"),
      cell: (entry) => (
        <Text component="span" size="sm" c="dimmed">
          {entry.Connector.Categories.join(", ")}
        </Text>
      ),
    },
    {
      key: "actions",
      header: t("actions"),
      align: "end",
      narrow: "plain",
      width: 150,
      cell: (entry) => <RowActions entry={entry} onOpen={onOpen} />,
    },
  ];
  return <DataTable caption={t("library.caption")} columns={columns} rows={entries} rowKey={(entry) => entry.Connector.Id} />;
}

function RowActions({ entry, onOpen }: { entry: PartnerConnector; onOpen: LibraryTableProps["onOpen"] }) {
  const id = entry.Connector.Id;
  const state = setupStateOf(entry);
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {state !== "none" && (
        <IconAction
          label={t(state === "required" ? "library.setupRequired" : "library.setup")}
          colour={state === "required" ? "orange" : "teal"}
          onClick={() => onOpen("setup", id)}
          main
        >
          {state === "required" ? <IconLockOpen size={19} /> : <IconLock size={19} />}
        </IconAction>
      )}
      <IconAction label={t("library.releases")} onClick={() => onOpen("releases", id)}>
        <IconClock size={19} />
      </IconAction>
      <IconAction label={t("library.methods")} onClick={() => onOpen("methods", id)} main={state === "none"}>
        <IconList size={19} />
      </IconAction>
    </Group>
  );
}

interface IconActionProps {
  label: string;
  onClick: () => void;
  colour?: string;
  /** Reached with the arrow keys. */
  main?: boolean;
  children: React.ReactNode;
}

function IconAction({ label, onClick, colour = "gray", main = false, children }: IconActionProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color={colour} size="lg" aria-label={label} onClick={onClick} {...(main ? { "data-row-main": true } : {})}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
