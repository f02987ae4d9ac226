import { ActionIcon, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useId } from "react";
import { t } from "@shared/messages/t";
import { at, isObject, pointerOf, shownAs, textAt, type Json, type Path } from "../model/json";
import { valuesOffered } from "../model/pagingVariables";
import { fieldId, useBuilder, useDocument, useFaults } from "./BuilderContext";
import classes from "./Forms.module.css";

interface ValuesFieldProps {
  path: Path;
  label: string;
  description?: string | undefined;
}

/** The values to choose from, each with a label where it has one. Parameters are offered the paging variables. */
export function ValuesField({ path, label, description }: ValuesFieldProps) {
  const { store, editable } = useBuilder();
  const document = useDocument();
  const value = at(document, path);
  const pointer = pointerOf(path);
  const faults = useFaults(pointer, true);
  const id = useId();
  const owner = path.slice(0, -1);
  const offered = owner.includes("parameters") ? valuesOffered(textAt(document, [...owner, "targetType"]), path[0] === "methods") : [];
  const rows = Array.isArray(value) ? value.map(rowOf) : [];
  const write = (next: Row[], group?: string) => store.do({ kind: "set", path, value: next.length === 0 ? undefined : next.map(valueOf) }, group);
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
      {offered.length > 0 && (
        <datalist id={`${id}-offered`}>
          {offered.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      {rows.map((row, index) => (
        <Group key={index} gap="xs" mb={6} wrap="nowrap">
          <TextInput
            aria-label={t("cb.valueNumber", { what: label, number: index + 1 })}
            value={row.value}
            disabled={!editable}
            onChange={(event) => write(rows.with(index, { ...row, value: event.currentTarget.value }), `${pointer}=${index}`)}
            onBlur={store.settle}
            flex={1}
            miw={0}
            {...(offered.length > 0 ? { list: `${id}-offered` } : {})}
            spellCheck={false}
            autoComplete="off"
          />
          <TextInput
            aria-label={t("cb.valueLabel", { what: label, number: index + 1 })}
            placeholder={t("cb.valueLabelHint")}
            value={row.label}
            disabled={!editable}
            onChange={(event) => write(rows.with(index, { ...row, label: event.currentTarget.value }), `${pointer}#${index}`)}
            onBlur={store.settle}
            flex={1}
            miw={0}
            autoComplete="off"
          />
          <ActionIcon
            variant="subtle"
            color="red"
            disabled={!editable}
            onClick={() => write(rows.toSpliced(index, 1))}
            aria-label={t("cb.remove", { name: row.value === "" ? t("cb.unnamed") : row.value })}
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
        <Group gap="xs">
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => write([...rows, { value: "", label: "" }])}>
            {t("cb.addTo", { what: label })}
          </Button>
        </Group>
      )}
    </div>
  );
}

interface Row {
  value: string;
  label: string;
}

function rowOf(item: Json): Row {
  return isObject(item) ? { value: textAt(item, ["value"]), label: textAt(item, ["label"]) } : { value: shownAs(item), label: "" };
}

function valueOf({ value, label }: Row): Json {
  return label === "" ? value : { value, label };
}
