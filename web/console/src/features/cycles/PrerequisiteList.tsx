import "@shared/messages/en/cycles";
import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Prerequisite, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { AnchorLink } from "@shared/ui/links";
import { CycleLink, inTextLook, type CyclePlace } from "./place";

interface PrerequisiteListProps {
  place: CyclePlace;
  prerequisites: readonly Prerequisite[];
  /** To name the steps, where they are known. */
  steps?: readonly Step[];
}

/** What is missing before a cycle can run, each with the place to set it up. */
export function PrerequisiteList({ place, prerequisites, steps = [] }: PrerequisiteListProps) {
  if (prerequisites.length === 0) return null;
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle />} title={t("prerequisites.title", { count: prerequisites.length })} mb="md">
      <List size="sm" spacing={4}>
        {prerequisites.map((open) => (
          <List.Item key={`${open.ReasonCode}.${open.ObjectId}`}>
            {open.Reason}
            {nameOf(open, steps)}{" "}
            <Remedy place={place} open={open} />
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** Which step it is about. */
function nameOf(open: Prerequisite, steps: readonly Step[]) {
  const step = open.ObjectType === "Action" ? steps.find((candidate) => candidate.Id === open.ObjectId) : undefined;
  if (step !== undefined) return <Text component="span" size="sm" fw={560}>{`: ${step.Name}`}</Text>;
  return open.ObjectType === "CycleVariable" ? <Text component="span" size="sm" fw={560}>{`: ${open.ObjectId}`}</Text> : null;
}

/** Where it is set up. */
function Remedy({ place, open }: { place: CyclePlace; open: Prerequisite }) {
  switch (open.ObjectType) {
    case "AccountConnector":
      return (
        <AnchorLink
          to="/accounts/$accountId/connectors/$accountConnectorId"
          params={{ accountId: place.accountId, accountConnectorId: String(open.ObjectId) }}
          size="sm"
          {...inTextLook}
        >
          {t("prerequisites.connector")}
        </AnchorLink>
      );
    case "CycleVariable":
      return (
        <CycleLink inText place={place} search={{ tab: "variables" }}>
          {t("prerequisites.variable")}
        </CycleLink>
      );
    case "Action":
      return (
        <CycleLink inText place={place} search={{ step: String(open.ObjectId) }}>
          {t("prerequisites.step")}
        </CycleLink>
      );
    case "Cycle":
    case "Parameter":
    case "ConnectorFieldMapping":
      return <CycleLink inText place={place}>{t("prerequisites.cycle")}</CycleLink>;
  }
}
