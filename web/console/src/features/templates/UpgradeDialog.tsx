import "@shared/messages/en/templates";
import { Badge, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock } from "@tabler/icons-react";
import { useState } from "react";
import type { Template, TemplateInstallation, UpgradeResult } from "@shared/api/types";
import { Changes } from "@shared/connector/Changes";
import { t } from "@shared/messages/t";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { differences } from "./differences";
import { useInstallations, useReleaseDocument, useReleases, useUpgrade } from "./useTemplates";

interface UpgradeDialogProps {
  template: Template;
  opened: boolean;
  onClose: () => void;
}

/** **Upgrade Installed Integrations**: which cycles, what changes for them, then what became of each. */
export function UpgradeDialog({ template, opened, onClose }: UpgradeDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("upgrade.title", { name: template.Name })} size="xl" closeButtonProps={{ "aria-label": t("form.close") }}>
      {opened && <Upgrade template={template} onClose={onClose} />}
    </Modal>
  );
}

function Upgrade({ template, onClose }: { template: Template; onClose: () => void }) {
  const installations = useInstallations(template.Id);
  // What was shown is what was decided on: the list says something else once the upgrade has run.
  const [decided, setDecided] = useState<readonly TemplateInstallation[]>();
  const upgrade = useUpgrade(template.Id);
  if (decided !== undefined && upgrade.results !== undefined) return <Outcome cycles={decided} results={upgrade.results} onClose={onClose} />;
  if (installations.isPending) return <PageSkeleton label={t("upgrade.what")} rows={4} />;
  if (installations.isLoadingError) return <PageError what={t("upgrade.what")} error={installations.error} onRetry={() => void installations.refetch()} />;
  const waiting = installations.data.filter((cycle) => cycle.IsUpgradeable);
  if (waiting.length === 0) {
    return <EmptyState title={t(installations.data.length === 0 ? "upgrade.none" : "upgrade.current")} action={<Button onClick={onClose}>{t("form.close")}</Button>} />;
  }
  return (
    <Stack>
      <Text>{t("upgrade.text", { count: waiting.length })}</Text>
      <Text size="sm" c="dimmed">
        {t("upgrade.kept")}
      </Text>
      <WhatChanges template={template} cycles={waiting} />
      <CycleTable cycles={waiting} />
      <ErrorNotice error={upgrade.error} title={t("upgrade.failed")} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("form.cancel")}
        </Button>
        <Button
          loading={upgrade.isRunning}
          onClick={() => {
            setDecided(waiting);
            upgrade.run();
          }}
        >
          {t("upgrade.go")}
        </Button>
      </Group>
    </Stack>
  );
}

/** What differs between each release in use and the live one. */
function WhatChanges({ template, cycles }: { template: Template; cycles: readonly TemplateInstallation[] }) {
  const live = (useReleases(template.Id).data ?? []).find((release) => release.Status === "Live");
  const inUse = new Map(cycles.flatMap((cycle) => (cycle.ReleaseNumber == null ? [] : [[cycle.TemplateReleaseId, cycle.ReleaseNumber] as const])));
  if (live === undefined) return null;
  return (
    <>
      {[...inUse]
        .sort(([, left], [, right]) => right - left)
        .map(([releaseId, number]) => (
          <ReleaseChanges key={releaseId} templateId={template.Id} from={{ id: releaseId, number }} to={{ id: live.Id, number: live.Number }} />
        ))}
      {cycles.some((cycle) => cycle.ReleaseNumber == null) && (
        <Text size="sm" c="dimmed">
          {t("upgrade.unknown")}
        </Text>
      )}
    </>
  );
}

interface ReleaseChangesProps {
  templateId: string;
  from: { id: string; number: number };
  to: { id: string; number: number };
}

function ReleaseChanges({ templateId, from, to }: ReleaseChangesProps) {
  const before = useReleaseDocument(templateId, from.id);
  const after = useReleaseDocument(templateId, to.id);
  const title = t("upgrade.changes", { from: String(from.number), to: String(to.number) });
  const error = before.error ?? after.error;
  const retry = () => {
    if (before.isError) void before.refetch();
    if (after.isError) void after.refetch();
  };
  const content = () => {
    if (error !== null) return <ErrorNotice error={error} title={t("page.failed", { what: t("upgrade.changesWhat") })} onRetry={retry} />;
    if (before.data === undefined || after.data === undefined) return <PageSkeleton label={t("upgrade.changesWhat")} rows={3} />;
    const changes = differences(before.data, after.data);
    if (changes.length === 0) return <Text size="sm">{t("upgrade.noChanges")}</Text>;
    return <Changes label={title} changes={changes} whole={t("upgrade.whole")} />;
  };
  return (
    <section>
      <Title order={3} fz="1rem" mb={6}>
        {title}
      </Title>
      {content()}
    </section>
  );
}

/** Cycles drawn at once; more are a press away. */
const batch = 20;

/** The cycles, and what became of each as far as that is known. */
function CycleTable({ cycles, results }: { cycles: readonly TemplateInstallation[]; results?: ReadonlyMap<string, UpgradeResult> }) {
  const [shown, setShown] = useState(batch);
  const columns: Column<TemplateInstallation>[] = [
    {
      key: "cycle",
      header: t("upgrade.cycle"),
      narrow: "title",
      cell: (cycle) => (
        <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId: cycle.AccountId, cycleId: cycle.CycleId }} data-row-main>
          {cycle.CycleName}
        </AnchorLink>
      ),
    },
    { key: "account", header: t("upgrade.account"), cell: (cycle) => cycle.AccountName },
    results === undefined
      ? {
          key: "from",
          header: t("upgrade.from"),
          cell: (cycle) => (cycle.ReleaseNumber == null ? t("upgrade.gone") : t("templates.number", { number: String(cycle.ReleaseNumber) })),
        }
      : { key: "result", header: t("upgrade.result"), cell: (cycle) => <Result result={results.get(cycle.CycleId)} /> },
  ];
  return (
    <>
      <DataTable caption={t("upgrade.cycles")} rows={cycles.slice(0, shown)} rowKey={(cycle) => cycle.CycleId} columns={columns} />
      {cycles.length > shown && (
        <Button variant="default" onClick={() => setShown(shown + batch)}>
          {t("upgrade.more", { count: Math.min(batch, cycles.length - shown) })}
        </Button>
      )}
    </>
  );
}

/** What became of one cycle; one that nothing is known of yet waits. */
function Result({ result }: { result: UpgradeResult | undefined }) {
  if (result === undefined) return <Badge variant="light" color="gray" leftSection={<IconClock size={13} aria-hidden="true" />}>{t("upgrade.running")}</Badge>;
  const open = result.Prerequisites ?? [];
  const more = result.Upgraded ? (open.length === 0 ? "" : t("upgrade.setUp", { count: open.length })) : (result.Message ?? "");
  return (
    <Stack gap={2} align="flex-start">
      <Badge
        variant="light"
        color={!result.Upgraded ? "red" : open.length > 0 ? "orange" : "teal"}
        leftSection={result.Upgraded ? <IconCheck size={13} aria-hidden="true" /> : <IconAlertTriangle size={13} aria-hidden="true" />}
      >
        {t(result.Upgraded ? "upgrade.upgraded" : "upgrade.left")}
      </Badge>
      {more !== "" && <Text size="sm">{more}</Text>}
    </Stack>
  );
}

function Outcome({ cycles, results, onClose }: { cycles: readonly TemplateInstallation[]; results: readonly UpgradeResult[]; onClose: () => void }) {
  const byCycle = new Map(results.map((result) => [result.CycleId, result]));
  const trouble = (cycle: TemplateInstallation) => {
    const result = byCycle.get(cycle.CycleId);
    return result?.Upgraded !== true ? 2 : (result.Prerequisites ?? []).length > 0 ? 1 : 0;
  };
  // What needs somebody comes first.
  const ordered = [...cycles].sort((left, right) => trouble(right) - trouble(left));
  return (
    <Stack>
      <Text role="status">{t("upgrade.done", { count: results.filter((result) => result.Upgraded).length })}</Text>
      <CycleTable cycles={ordered} results={byCycle} />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t("form.close")}</Button>
      </Group>
    </Stack>
  );
}
