import "@shared/messages/en/library";
import { Badge, Group, Text } from "@mantine/core";
import { IconClock, IconList, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMemo, type ReactNode } from "react";
import type { PartnerConnector } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { setupStateOf } from "./filter";
import classes from "./LibraryTable.module.css";

interface LibraryTableProps {
  entries: readonly PartnerConnector[];
  onOpen: (view: "setup" | "releases" | "methods", connectorId: number) => void;
}

/** The connectors of one page. */
export function LibraryTable({ entries, onOpen }: LibraryTableProps) {
  // The same columns each time, so that rows that stay while one types are not drawn again.
  const columns = useMemo(() => columnsFor(onOpen), [onOpen]);
  return <DataTable caption={t("library.caption")} columns={columns} rows={entries} rowKey={(entry) => entry.Connector.Id} />;
}

function columnsFor(onOpen: LibraryTableProps["onOpen"]): Column<PartnerConnector>[] {
  return [
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
}

function RowActions({ entry, onOpen }: { entry: PartnerConnector; onOpen: LibraryTableProps["onOpen"] }) {
  const id = entry.Connector.Id;
  const state = setupStateOf(entry);
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {state !== "none" && (
        <IconAction
          label={t(state === "required" ? "library.setupRequired" : "library.setup")}
          state={state}
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
  state?: "required" | "done";
  /** Reached with the arrow keys. */
  main?: boolean;
  children: ReactNode;
}

/** A plain button: hundreds of the library's own ones and their tooltips would be felt while typing. */
function IconAction({ label, onClick, state, main = false, children }: IconActionProps) {
  return (
    <button
      type="button"
      className={classes.action}
      aria-label={label}
      data-tip={label}
      data-state={state}
      onClick={onClick}
      {...(main ? { "data-row-main": true } : {})}
    >
      {children}
    </button>
  );
}
