import { Button, Collapse, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useId, useState, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import { pointerOf, type Path } from "../model/json";
import { fieldId, useAt, useBuilder, useIsFaulty } from "./BuilderContext";
import { Faults } from "./Faults";
import classes from "./Forms.module.css";

interface FieldGroupProps {
  path: Path;
  label: string;
  description?: string | undefined;
  /** Seldom used: folded until it holds something, and can be taken away whole. */
  removable: boolean;
  children: ReactNode;
}

/** Members that belong together. */
export function FieldGroup({ path, label, description, removable, children }: FieldGroupProps) {
  const { store, reveal, editable } = useBuilder();
  const pointer = pointerOf(path);
  const present = useAt(path) !== undefined;
  const faulty = useIsFaulty(pointer);
  const [opened, setOpened] = useState(!removable || present);
  // What was led to before this was drawn unfolds too.
  const [seen, setSeen] = useState<number>();
  const id = useId();
  if (reveal !== undefined && reveal.count !== seen) {
    setSeen(reveal.count);
    if (reveal.pointer === pointer || reveal.pointer.startsWith(`${pointer}/`)) setOpened(true);
  }
  return (
    <div role="group" aria-labelledby={id} className={classes.group} id={fieldId(pointer)} tabIndex={-1}>
      <UnstyledButton className={classes.groupHead} aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <IconChevronRight size={16} aria-hidden="true" className={classes.chevron} />
        <span id={id}>{label}</span>
        {faulty && !opened && <span className={classes.faulty}>{t("cb.hasFaults")}</span>}
      </UnstyledButton>
      <Collapse expanded={opened}>
        <div className={classes.groupBody}>
          {description !== undefined && (
            <Text size="sm" c="dimmed" mb="sm">
              {description}
            </Text>
          )}
          <Faults pointer={pointer} />
          {opened && children}
          {removable && present && editable && (
            <Button variant="subtle" color="red" size="compact-sm" mt="sm" onClick={() => store.do({ kind: "remove", path })}>
              {t("cb.removeWhole", { what: label })}
            </Button>
          )}
        </div>
      </Collapse>
    </div>
  );
}
