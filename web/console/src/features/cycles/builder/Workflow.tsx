import "@shared/messages/en/cycles";
import { Button, Group, Text } from "@mantine/core";
import { IconPlus, IconRoute } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Cycle, Edge, IncidentCause, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { isLive, usePrerequisites } from "@shared/queries/cycles";
import { useIncidentCauses } from "@shared/queries/incidents";
import { useRights } from "@shared/session/SessionContext";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import type { CyclePlace } from "../place";
import { PrerequisiteList } from "../PrerequisiteList";
import type { CycleSearch } from "../search";
import { useEdges, useSteps } from "../useDesign";
import { AddStepDialog } from "./AddStepDialog";
import { ConnectDialog } from "./ConnectDialog";
import { Diagram, type Trouble } from "./Diagram";
import { isTestable } from "./kinds";
import { DisconnectDialog, RemoveStepDialog } from "./RemoveDialogs";
import { StepSetup } from "./StepSetup";
import { TestStep } from "./TestStep";

interface WorkflowProps {
  place: CyclePlace;
  cycle: Cycle;
  editable: boolean;
  search: CycleSearch;
  onSearch: (search: CycleSearch) => void;
}

/** The value of `add` in the address when the new step's place is still open. */
const anywhere = "step";

/** The steps of a cycle: what is missing, the diagram, and what opens from it. */
export function Workflow({ place, cycle, editable, search, onSearch }: WorkflowProps) {
  const steps = useSteps(place);
  const edges = useEdges(place);
  const prerequisites = usePrerequisites(place.accountId, cycle.Id);
  const { buildCycles } = useRights();
  const [removing, setRemoving] = useState<Step>();
  const [connecting, setConnecting] = useState<Step>();
  const [disconnecting, setDisconnecting] = useState<Edge>();
  const missing = useMemo(
    () => new Set((prerequisites.data ?? []).filter((open) => open.ObjectType === "Action").map((open) => String(open.ObjectId))),
    [prerequisites.data],
  );
  const causes = useIncidentCauses(place.accountId, { cycleId: cycle.Id, pageSize: causesShown }, isLive(cycle));
  const troubles = useMemo(() => troublesOf(causes.data?.items ?? []), [causes.data]);
  const error = steps.error ?? edges.error;
  if (error !== null && (steps.data === undefined || edges.data === undefined)) {
    const retry = () => {
      void steps.refetch();
      void edges.refetch();
    };
    return <PageError what={t("design.what")} error={error} onRetry={retry} />;
  }
  if (steps.data === undefined || edges.data === undefined) return <PageSkeleton label={t("design.what")} rows={4} />;
  const add = editable ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => onSearch({ add: anywhere })}>
      {t("add.title")}
    </Button>
  ) : undefined;
  const open = steps.data.find((step) => step.Id === search.step);
  const tested = steps.data.find((step) => step.Id === search.test && isTestable(step));
  const close = () => onSearch({});
  return (
    <>
      {steps.data.length === 0 ? (
        <EmptyState icon={<IconRoute size={36} stroke={1.4} />} title={t("design.none")} hint={t("design.noneHint")} action={add} />
      ) : (
        <>
          <PrerequisiteList place={place} prerequisites={prerequisites.data ?? []} steps={steps.data} />
          {prerequisites.error !== null && (
            <ErrorNotice
              error={prerequisites.error}
              title={t("page.failed", { what: t("prerequisites.what") })}
              onRetry={() => void prerequisites.refetch()}
            />
          )}
          <Group justify="space-between" mb="md">
            <Text size="sm" c="dimmed" role="status">
              {t("design.count", { count: steps.data.length })}
            </Text>
            {add}
          </Group>
          <Diagram
            steps={steps.data}
            edges={edges.data}
            missing={missing}
            troubles={troubles}
            editable={editable}
            onOpen={(step) => onSearch({ step: step.Id })}
            onTest={buildCycles ? (step) => onSearch({ test: step.Id }) : undefined}
            onAddAfter={(step) => onSearch({ add: step.Id })}
            onConnect={setConnecting}
            onRemove={setRemoving}
            onDisconnect={setDisconnecting}
          />
        </>
      )}
      {search.add !== undefined && editable && (
        <AddStepDialog
          place={place}
          steps={steps.data}
          edges={edges.data}
          after={search.add === anywhere ? undefined : search.add}
          onClose={close}
          onAdded={(step) => onSearch({ step: step.Id })}
        />
      )}
      {tested !== undefined && buildCycles && <TestStep key={tested.Id} place={place} step={tested} edges={edges.data} onClose={close} />}
      {open !== undefined && (
        <StepSetup key={open.Id} place={place} step={open} steps={steps.data} edges={edges.data} editable={editable} onTest={buildCycles ? () => onSearch({ test: open.Id }) : undefined} onClose={close} />
      )}
      <ConnectDialog cycle={place} steps={steps.data} edges={edges.data} from={connecting} onClose={() => setConnecting(undefined)} />
      <RemoveStepDialog cycle={place} steps={steps.data} step={removing} onClose={() => setRemoving(undefined)} />
      <DisconnectDialog cycle={place} steps={steps.data} edge={disconnecting} onClose={() => setDisconnecting(undefined)} />
    </>
  );
}

/** Causes that are told in the diagram: the latest ones. */
const causesShown = 500;

function troublesOf(causes: readonly IncidentCause[]): ReadonlyMap<string, Trouble> {
  const troubles = new Map<string, Trouble>();
  for (const { StepId, IncidentLevel, Count } of causes) {
    if (StepId == null) continue;
    const before = troubles.get(StepId) ?? { errors: 0, warnings: 0 };
    troubles.set(StepId, IncidentLevel === "Error" ? { ...before, errors: before.errors + Count } : { ...before, warnings: before.warnings + Count });
  }
  return troubles;
}
