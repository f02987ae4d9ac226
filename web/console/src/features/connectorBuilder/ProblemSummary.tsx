import { Badge, Button, Collapse, Group, Text, UnstyledButton } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import type { DefinitionFault } from "@shared/api/types";
import classes from "./Builder.module.css";

interface ProblemSummaryProps {
  faults: readonly DefinitionFault[];
  checking: boolean;
  /** Why nothing could be checked. */
  error: Error | null;
  onOpen: (fault: DefinitionFault) => void;
}

/** What is wrong, in the words of `velodrome connector check`; each leads to its place. */
export function ProblemSummary({ faults, checking, error, onOpen }: ProblemSummaryProps) {
  const [opened, setOpened] = useState(false);
  const errors = faults.filter((fault) => fault.Severity === "Error").length;
  const warnings = faults.length - errors;
  const words = [...(errors > 0 ? [t("cb.errors", { count: errors })] : []), ...(warnings > 0 ? [t("cb.warnings", { count: warnings })] : [])];
  return (
    <section className={classes.problems} aria-label={t("cb.problems")}>
      <Group gap="xs" justify="space-between">
        <Group gap="xs" role="status">
          {error !== null ? (
            <Text size="sm" c="red">
              {t("cb.checkFailed")}: {error.message}
            </Text>
          ) : faults.length === 0 ? (
            <>
              <IconCircleCheck size={18} className={classes.good} aria-hidden="true" />
              <Text size="sm">{checking ? t("cb.checking") : t("cb.noProblems")}</Text>
            </>
          ) : (
            <>
              <IconAlertCircle size={18} className={errors > 0 ? classes.bad : classes.warn} aria-hidden="true" />
              <Text size="sm" fw={560}>
                {words.join(", ")}
              </Text>
            </>
          )}
        </Group>
        {faults.length > 0 && (
          <Button variant="subtle" size="compact-sm" aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {t(opened ? "cb.hideProblems" : "cb.showProblems")}
          </Button>
        )}
      </Group>
      <Collapse expanded={opened && faults.length > 0}>
        <ul className={classes.faults}>
          {faults.map((fault, index) => (
            <li key={index}>
              <UnstyledButton className={classes.fault} onClick={() => onOpen(fault)}>
                <Badge size="sm" variant="light" color={fault.Severity === "Error" ? "red" : "orange"}>
                  {fault.Code}
                </Badge>
                <span>
                  {fault.Message} <span className={classes.pointer}>{fault.Pointer}</span>
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Collapse>
    </section>
  );
}
