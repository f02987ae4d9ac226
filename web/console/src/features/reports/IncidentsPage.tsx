import "@shared/messages/en/reports";
import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Incident } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { toast } from "@shared/ui/toast";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { CauseList, type CauseListProps } from "./CauseList";
import { LevelBadge, WhatFailed, WhereFailed } from "./IncidentCells";
import { laidOut } from "./exchange";
import { FilterChoice, ReportFilters } from "./ReportFilters";
import { ReportsNav } from "./ReportsNav";
import { validateIncidentsSearch, type IncidentsSearch } from "./search";
import classes from "./Transaction.module.css";
import { rowsPerPage, useClearIncidents, useIncidents } from "./useReports";

interface IncidentsPageProps {
  accountId: string;
  search: IncidentsSearch;
  onSearch: (search: IncidentsSearch) => void;
}

/** **Incidents** of an account: what went wrong, by cause or one by one, and what helps. */
export function IncidentsPage({ accountId, search, onSearch }: IncidentsPageProps) {
  const account = useAccount(accountId).data;
  const { buildCycles } = useRights();
  const [clearing, setClearing] = useState(false);
  usePageTitle(account === undefined ? t("incidents.title") : `${t("incidents.title")}, ${account.Name}`);
  const isFiltered = Object.keys(search).some((name) => name !== "page" && name !== "view");
  const change = (part: Record<string, string | undefined>) => onSearch(validateIncidentsSearch({ ...search, ...part, page: 1 }));
  const all = { value: "", label: t("reports.all") };
  const levels = (["Error", "Warning"] as const).map((level) => ({ value: level, label: t(`incidents.level.${level}`) }));
  const listed = search.view === "list";
  // Without a cycle the API lists either errors or warnings.
  const [errors, warnings] = levels;
  const choices = listed && search.cycle === undefined ? [{ value: "", label: errors?.label ?? "" }, ...(warnings === undefined ? [] : [warnings])] : [all, ...levels];
  const show = { accountId, search, onSearch, zone: account?.Timezone, isFiltered };
  return (
    <>
      <ReportsNav accountId={accountId} shown="incidents" cycle={search.cycle} />
      <ReportFilters
        accountId={accountId}
        search={search}
        // A cause belongs to its cycle.
        onChange={(part) => change("cycle" in part ? { ...part, step: "", message: "" } : part)}
        onClear={() => onSearch(listed ? { view: "list" } : {})}
        isFiltered={isFiltered}
      >
        <FilterChoice label={t("incidents.level")} value={search.level ?? ""} onChange={(level) => change({ level })} choices={choices} />
      </ReportFilters>
      <Group justify="space-between" mb="sm">
        <SegmentedControl
          aria-label={t("incidents.view")}
          value={listed ? "list" : "causes"}
          onChange={(view) => change({ view: view === "list" ? view : undefined, step: "", message: "" })}
          data={[
            { value: "causes", label: t("incidents.byCause") },
            { value: "list", label: t("incidents.oneByOne") },
          ]}
        />
        {buildCycles && search.cycle !== undefined && (
          <Button variant="default" onClick={() => setClearing(true)}>
            {t("incidents.clear")}
          </Button>
        )}
      </Group>
      {listed ? <IncidentList {...show} /> : <CauseList {...show} />}
      <ClearDialog accountId={accountId} search={search} opened={clearing} onClose={() => setClearing(false)} />
    </>
  );
}

/** The incidents one by one, newest first. */
function IncidentList({ accountId, search, onSearch, zone, isFiltered }: CauseListProps) {
  const incidents = useIncidents(accountId, search);
  const [shown, setShown] = useState<Incident>();
  if (incidents.isPending) return <PageSkeleton label={t("incidents.what")} rows={8} />;
  if (incidents.isLoadingError) return <PageError what={t("incidents.what")} error={incidents.error} onRetry={() => void incidents.refetch()} />;
  if (incidents.data.items.length === 0) {
    return isFiltered ? (
      <NoMatch filters={t("reports.theseFilters")} onClear={() => onSearch({ view: "list" })} />
    ) : (
      <EmptyState icon={<IconShieldCheck size={36} stroke={1.4} />} title={t("incidents.none")} hint={t("incidents.noneHint")} />
    );
  }
  return (
    <>
      <Text size="sm" c="dimmed" role="status" mb="xs">
        {t("incidents.count", { count: incidents.data.totalRecords })}
        {search.message !== undefined && ` · ${t("incidents.ofCause", { message: search.message })}`}
      </Text>
      <DataTable caption={t("incidents.title")} rows={incidents.data.items} rowKey={(incident) => incident.Id} columns={columnsFor(accountId, zone, setShown)} />
      <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={incidents.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      <IncidentDialog accountId={accountId} incident={shown} zone={zone} onClose={() => setShown(undefined)} />
    </>
  );
}

function columnsFor(accountId: string, zone: string | undefined, onShow: (incident: Incident) => void): Column<Incident>[] {
  return [
    {
      key: "message",
      header: t("incidents.message"),
      narrow: "title",
      cell: (incident) => <WhatFailed accountId={accountId} told={incident} />,
    },
    { key: "when", header: t("incidents.when"), cell: (incident) => <When value={incident.CreatedOnUtc} zone={zone} /> },
    {
      key: "cycle",
      header: t("reports.cycle"),
      cell: (incident) => <WhereFailed accountId={accountId} told={incident} />,
    },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (incident) => (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => onShow(incident)}
          aria-label={t("incidents.detailsNamed", { message: incident.ShortMessage })}
        >
          {t("incidents.details")}
        </Button>
      ),
    },
  ];
}

interface IncidentDialogProps {
  accountId: string;
  incident: Incident | undefined;
  zone: string | undefined;
  onClose: () => void;
}

function IncidentDialog({ accountId, incident, zone, onClose }: IncidentDialogProps) {
  return (
    <Modal opened={incident !== undefined} onClose={onClose} title={incident?.ShortMessage ?? ""} size="xl" closeButtonProps={{ "aria-label": t("form.close") }}>
      {incident !== undefined && (
        <Stack gap="sm">
          <Group gap="xs">
            <LevelBadge level={incident.IncidentLevel} />
            <Text size="sm" c="dimmed" component="div">
              <When value={incident.CreatedOnUtc} zone={zone} />
            </Text>
            {incident.TransactionId != null && (
              <AnchorLink
                to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId"
                params={{ accountId, cycleId: incident.CycleId, transactionId: incident.TransactionId }}
                size="sm"
              >
                {t("incidents.openTransaction")}
              </AnchorLink>
            )}
          </Group>
          {/* Long texts scroll, which takes the focus of a keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={classes.text} tabIndex={0} role="region" aria-label={t("incidents.details")}>
            {laidOut(incident.FullMessage)}
          </pre>
        </Stack>
      )}
    </Modal>
  );
}

interface ClearDialogProps {
  accountId: string;
  search: IncidentsSearch;
  opened: boolean;
  onClose: () => void;
}

/** Asks before the incidents of a cycle are forgotten: errors and warnings alike. */
function ClearDialog({ accountId, search, opened, onClose }: ClearDialogProps) {
  const clear = useClearIncidents(accountId);
  const cycleId = search.cycle;
  return (
    <ConfirmDialog
      opened={opened && cycleId !== undefined}
      onClose={onClose}
      title={t("incidents.clearTitle")}
      text={t(search.from === undefined && search.to === undefined ? "incidents.clearText" : "incidents.clearDays")}
      action={t("incidents.clear")}
      busy={clear.isPending}
      error={clear.error}
      onConfirm={() => {
        if (cycleId === undefined) return;
        clear.mutate(
          { cycleId, ...(search.from === undefined ? {} : { from: search.from }), ...(search.to === undefined ? {} : { to: search.to }) },
          {
            onSuccess: () => {
              toast(t("incidents.cleared"));
              onClose();
            },
          },
        );
      }}
    />
  );
}
