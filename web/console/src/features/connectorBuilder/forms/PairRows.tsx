import { ActionIcon, Button, Group, Text, TextInput, type TextInputProps } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import { pointerOf, type Path } from "../model/json";
import { fieldId, useBuilder, useFaults } from "./BuilderContext";
import classes from "./Forms.module.css";

/** One of the two texts of a row. */
export interface Half {
  label: string;
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
  /** Id of a list of what is offered. */
  list?: string | undefined;
  /** How much of the row it takes; 1 when absent. */
  share?: number;
  /** It is prose, so its spelling is checked. */
  isProse?: boolean;
}

/** A row of two texts. */
export interface Pair {
  first: Half;
  second: Half;
  /** What the button that removes it calls it; empty while it has no name. */
  name: string;
  onRemove: () => void;
}

interface PairRowsProps {
  path: Path;
  label: string;
  description?: string | undefined;
  pairs: Pair[];
  onAdd: () => void;
  /** A row can't be added now. */
  isFull?: boolean;
  /** Stands before the rows. */
  children?: ReactNode;
}

/** Rows of two texts each, with the faults of the whole, a way to remove a row and to add one. */
export function PairRows({ path, label, description, pairs, onAdd, isFull = false, children }: PairRowsProps) {
  const { editable } = useBuilder();
  const pointer = pointerOf(path);
  const faults = useFaults(pointer, true);
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} id={fieldId(pointer)} tabIndex={-1}>
      <Text id={id} className={classes.label}>
        {label}
      </Text>
      {description !== undefined && (
        <Text size="xs" c="dimmed" mb={4}>
          {description}
        </Text>
      )}
      {children}
      {pairs.map(({ first, second, name, onRemove }, index) => (
        <Group key={index} gap="xs" mb={6} wrap="nowrap">
          <HalfInput half={first} />
          <HalfInput half={second} />
          <ActionIcon variant="subtle" color="red" disabled={!editable} onClick={onRemove} aria-label={t("cb.remove", { name: name === "" ? t("cb.unnamed") : name })}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      {faults.length > 0 && (
        <Text size="xs" c="red" mb={4}>
          {faults.join(" ")}
        </Text>
      )}
      {editable && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} disabled={isFull} onClick={onAdd}>
          {t("cb.addTo", { what: label })}
        </Button>
      )}
    </div>
  );
}

function HalfInput({ half }: { half: Half }) {
  const { store, editable } = useBuilder();
  const optional: TextInputProps = {
    ...(half.placeholder === undefined ? {} : { placeholder: half.placeholder }),
    ...(half.list === undefined ? {} : { list: half.list }),
    ...(half.isProse === true ? {} : { spellCheck: false }),
  };
  return (
    <TextInput
      aria-label={half.label}
      value={half.value}
      disabled={!editable}
      onChange={(event) => half.onChange(event.currentTarget.value)}
      onBlur={store.settle}
      flex={half.share ?? 1}
      miw={0}
      autoComplete="off"
      {...optional}
    />
  );
}
