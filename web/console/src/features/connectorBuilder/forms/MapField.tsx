import { ActionIcon, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useId } from "react";
import { t } from "@shared/messages/t";
import { isObject, pointerOf, shownAs, type Json, type Path } from "../model/json";
import { fieldId, useAt, useBuilder, useFaults } from "./BuilderContext";
import classes from "./Forms.module.css";

interface MapFieldProps {
  path: Path;
  label: string;
  description?: string | undefined;
}

/** Names with values, in order. */
export function MapField({ path, label, description }: MapFieldProps) {
  const { store, editable } = useBuilder();
  const value = useAt(path);
  const pointer = pointerOf(path);
  const faults = useFaults(pointer, true);
  const id = useId();
  const entries = isObject(value) ? Object.entries(value) : [];
  const write = (next: [string, Json][], group?: string) =>
    store.do({ kind: "set", path, value: next.length === 0 ? undefined : Object.fromEntries(next) }, group);
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
      {entries.map(([name, member], index) => (
        <Group key={index} gap="xs" mb={6} wrap="nowrap">
          <TextInput
            aria-label={t("cb.mapName", { what: label, number: index + 1 })}
            value={name}
            disabled={!editable}
            onChange={(event) => {
              const renamed = event.currentTarget.value;
              // Two of one name can't both be kept.
              if (entries.some(([other], position) => other === renamed && position !== index)) return;
              write(entries.with(index, [renamed, member]), `${pointer}#${index}`);
            }}
            onBlur={store.settle}
            flex={1}
            miw={0}
            spellCheck={false}
            autoComplete="off"
          />
          <TextInput
            aria-label={t("cb.mapValue", { what: label, number: index + 1 })}
            value={Array.isArray(member) ? member.map(shownAs).join(", ") : shownAs(member)}
            disabled={!editable}
            onChange={(event) => {
              const text = event.currentTarget.value;
              write(entries.with(index, [name, Array.isArray(member) ? text.split(/,\s*/) : text]), `${pointer}=${index}`);
            }}
            onBlur={store.settle}
            flex={2}
            miw={0}
            spellCheck={false}
            autoComplete="off"
          />
          <ActionIcon
            variant="subtle"
            color="red"
            disabled={!editable}
            onClick={() => write(entries.toSpliced(index, 1))}
            aria-label={t("cb.remove", { name: name === "" ? t("cb.unnamed") : name })}
          >
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
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          disabled={entries.some(([name]) => name === "")}
          onClick={() => write([...entries, ["", ""]])}
        >
          {t("cb.addTo", { what: label })}
        </Button>
      )}
    </div>
  );
}
