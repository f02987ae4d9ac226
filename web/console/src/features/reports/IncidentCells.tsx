import "@shared/messages/en/reports";
import { Badge, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconExclamationCircle } from "@tabler/icons-react";
import type { Incident } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { AnchorLink } from "@shared/ui/links";
import { RemedyLink } from "./RemedyLink";
import { remedyFor } from "./status";

/** What an incident and the cause of several say alike. */
type Told = Pick<Incident, "CycleId" | "CycleName" | "StepId" | "StepName" | "IncidentLevel" | "ShortMessage">;

/** What went wrong, and what helps. */
export function WhatFailed({ accountId, told }: { accountId: string; told: Told }) {
  const remedy = remedyFor(told.ShortMessage);
  return (
    <div>
      <Group gap="xs">
        <LevelBadge level={told.IncidentLevel} />
        <Text component="span" fw={560}>
          {told.ShortMessage}
        </Text>
      </Group>
      {remedy !== undefined && (
        <Text size="sm" c="dimmed">
          {t(remedy)}
        </Text>
      )}
      <RemedyLink accountId={accountId} cycleId={told.CycleId} stepId={told.StepId} message={told.ShortMessage} />
    </div>
  );
}

/** The cycle in which it did, at its step. */
export function WhereFailed({ accountId, told }: { accountId: string; told: Told }) {
  return (
    <AnchorLink
      to="/accounts/$accountId/cycles/$cycleId"
      params={{ accountId, cycleId: told.CycleId }}
      search={told.StepId == null ? {} : { step: told.StepId }}
      size="sm"
    >
      {told.StepName == null ? told.CycleName : `${told.CycleName} · ${told.StepName}`}
    </AnchorLink>
  );
}

/** How bad it is, by word, picture and colour. */
export function LevelBadge({ level }: { level: Incident["IncidentLevel"] }) {
  const Mark = level === "Error" ? IconExclamationCircle : IconAlertTriangle;
  return (
    <Badge variant="light" color={level === "Error" ? "red" : "orange"} leftSection={<Mark size={13} aria-hidden="true" />}>
      {t(`incident.${level}`)}
    </Badge>
  );
}
