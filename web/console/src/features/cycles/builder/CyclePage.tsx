import "@shared/messages/en/cycles";
import { ActionIcon, Alert, Button, Group, Menu, Tabs } from "@mantine/core";
import { IconCalendarTime, IconChevronDown, IconCopy, IconDots, IconDownload, IconLock, IconPlayerPlay, IconPlayerStop, IconShare } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Cycle } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { isLive, useCycle } from "@shared/queries/cycles";
import { useSharing } from "@shared/queries/settings";
import { useRights } from "@shared/session/SessionContext";
import { ButtonLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { CycleStatusBadge } from "../CycleStatusBadge";
import { CopyCycleDialog, ShareCycleDialog } from "../ExchangeDialogs";
import type { CyclePlace } from "../place";
import type { CycleSearch } from "../search";
import { StartDialog } from "../StartDialog";
import { StopDialog } from "../StopDialog";
import { useExportCycle } from "../useExportCycle";
import { SettingsTab } from "./SettingsTab";
import { VariablesTab } from "./VariablesTab";
import { Workflow } from "./Workflow";

interface CyclePageProps {
  place: CyclePlace;
  /** What it is called where its own name does not say enough. */
  title?: string | undefined;
  /** Where the cycle belongs, above the title. */
  trail: ReactNode;
  /** Says what else is to be known of it, such as a release's state. */
  aside?: ReactNode;
  /** Why it can't be changed, whatever its state is; nothing when it can. */
  locked?: string | undefined;
  /** What takes the place of changes while it is locked. */
  lockedAction?: ReactNode;
  search: CycleSearch;
  onSearch: (search: CycleSearch) => void;
  /** Another cycle of the account is made; left out where cycles are not copied by themselves. */
  onOpen?: ((cycleId: string) => void) | undefined;
}

/** One cycle: its steps, its variables, its settings, and starting it. */
export function CyclePage({ place, trail, search, onSearch, ...about }: CyclePageProps) {
  const cycle = useCycle(place.accountId, place.cycleId);
  if (cycle.isPending) return <PageSkeleton label={t("cycle.what")} rows={5} />;
  if (cycle.isLoadingError) {
    return (
      <>
        {trail}
        <PageError isPage what={t("cycle.what")} error={cycle.error} onRetry={() => void cycle.refetch()} />
      </>
    );
  }
  return <Opened place={place} trail={trail} cycle={cycle.data} search={search} onSearch={onSearch} {...about} />;
}

function Opened({ place, title, trail, aside, locked, lockedAction, cycle, search, onSearch, onOpen }: CyclePageProps & { cycle: Cycle }) {
  const rights = useRights();
  const paused = cycle.Status === "Paused" || cycle.Status === "Stopped";
  const editable = rights.buildCycles && paused && locked === undefined;
  const why = locked ?? (paused ? undefined : t("cycle.running"));
  const [doing, setDoing] = useState<Exchange>();
  const close = () => setDoing(undefined);
  return (
    <>
      <PageHeader
        title={title ?? cycle.Name}
        trail={trail}
        aside={
          <>
            <CycleStatusBadge status={cycle.Status} />
            {aside}
          </>
        }
        lead={cycle.Description == null || cycle.Description === "" ? undefined : cycle.Description}
        actions={
          <>
            <ButtonLink variant="default" to="/accounts/$accountId/reports" params={{ accountId: place.accountId }} search={{ cycle: cycle.Id }}>
              {t("cycle.transactions")}
            </ButtonLink>
            {onOpen !== undefined && <MoreMenu accountId={place.accountId} cycle={cycle} onDo={setDoing} />}
            {rights.buildCycles && <RunMenu place={place} cycle={cycle} />}
          </>
        }
      />
      {why !== undefined && (
        <Alert color="gray" icon={<IconLock />} mb="md">
          <Group justify="space-between" gap="sm">
            {why}
            {locked !== undefined && lockedAction}
          </Group>
        </Alert>
      )}
      <Tabs
        value={search.tab ?? "workflow"}
        onChange={(tab) => onSearch(tab === "variables" || tab === "settings" ? { tab } : {})}
        keepMounted={false}
      >
        <Tabs.List mb="lg" aria-label={t("cycle.what")}>
          <Tabs.Tab value="workflow">{t("cycle.workflow")}</Tabs.Tab>
          <Tabs.Tab value="variables">{t("cycle.variables")}</Tabs.Tab>
          <Tabs.Tab value="settings">{t("cycle.settings")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="workflow">
          <Workflow place={place} cycle={cycle} editable={editable} search={search} onSearch={onSearch} />
        </Tabs.Panel>
        <Tabs.Panel value="variables">
          <VariablesTab cycle={place} editable={editable} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SettingsTab key={`${cycle.Id}.${String(editable)}`} accountId={place.accountId} cycle={cycle} editable={editable} />
        </Tabs.Panel>
      </Tabs>
      {onOpen !== undefined && (
        <>
          <CopyCycleDialog accountId={place.accountId} cycle={doing === "copy" ? cycle : undefined} onClose={close} onCopied={onOpen} />
          <ShareCycleDialog accountId={place.accountId} cycle={doing === "share" ? cycle : undefined} onClose={close} />
        </>
      )}
    </>
  );
}

function RunMenu({ place, cycle }: { place: CyclePlace; cycle: Cycle }) {
  const [doing, setDoing] = useState<"once" | "schedule" | "stop">();
  const close = () => setDoing(undefined);
  return (
    <>
      {isLive(cycle) ? (
        <Button leftSection={<IconPlayerStop size={16} />} onClick={() => setDoing("stop")}>
          {t("stop.action")}
        </Button>
      ) : (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button rightSection={<IconChevronDown size={16} />}>{t("cycle.run")}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => setDoing("once")}>
              {t("cycle.runOnce")}
            </Menu.Item>
            <Menu.Item leftSection={<IconCalendarTime size={16} />} onClick={() => setDoing("schedule")}>
              {t("cycle.schedule")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <StartDialog place={place} cycle={doing === "once" || doing === "schedule" ? cycle : undefined} once={doing === "once"} onClose={close} />
      <StopDialog accountId={place.accountId} cycle={doing === "stop" ? cycle : undefined} onClose={close} />
    </>
  );
}

/** What a dialog asks about. */
type Exchange = "copy" | "share";

/** What can be done with the cycle as a whole. */
function MoreMenu({ accountId, cycle, onDo }: { accountId: string; cycle: Cycle; onDo: (what: Exchange) => void }) {
  const { buildCycles } = useRights();
  const sharing = useSharing();
  const exporting = useExportCycle(accountId);
  return (
    <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t("cycle.more")} loading={exporting.isPending}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {buildCycles && (
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => onDo("copy")}>
              {t("cycle.copy")}
            </Menu.Item>
          )}
          {buildCycles && sharing && cycle.Shareable === true && (
            <Menu.Item leftSection={<IconShare size={16} />} onClick={() => onDo("share")}>
              {t("cycle.share")}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => exporting.mutate(cycle)}>
            {t("cycle.export")}
          </Menu.Item>
        </Menu.Dropdown>
    </Menu>
  );
}
