import { useId } from "react";
import { t } from "@shared/messages/t";
import { at, isObject, pointerOf, shownAs, textAt, type Json, type Path } from "../model/json";
import { valuesOffered } from "../model/pagingVariables";
import { useBuilder, useDocument } from "./BuilderContext";
import { PairRows } from "./PairRows";

interface ValuesFieldProps {
  path: Path;
  label: string;
  description?: string | undefined;
}

/** The values to choose from, each with a label where it has one. Parameters are offered the paging variables. */
export function ValuesField({ path, label, description }: ValuesFieldProps) {
  const { store } = useBuilder();
  const document = useDocument();
  const value = at(document, path);
  const pointer = pointerOf(path);
  const list = useId();
  const owner = path.slice(0, -1);
  const offered = owner.includes("parameters") ? valuesOffered(textAt(document, [...owner, "targetType"]), path[0] === "methods") : [];
  const rows = Array.isArray(value) ? value.map(rowOf) : [];
  const write = (next: Row[], group?: string) => store.do({ kind: "set", path, value: next.length === 0 ? undefined : next.map(valueOf) }, group);
  const pairs = rows.map((row, index) => ({
    first: {
      label: t("cb.valueNumber", { what: label, number: index + 1 }),
      value: row.value,
      onChange: (text: string) => write(rows.with(index, { ...row, value: text }), `${pointer}=${index}`),
      list: offered.length > 0 ? list : undefined,
    },
    second: {
      label: t("cb.valueLabel", { what: label, number: index + 1 }),
      placeholder: t("cb.valueLabelHint"),
      value: row.label,
      onChange: (text: string) => write(rows.with(index, { ...row, label: text }), `${pointer}#${index}`),
      isProse: true,
    },
    name: row.value,
    onRemove: () => write(rows.toSpliced(index, 1)),
  }));
  return (
    <PairRows path={path} label={label} description={description} pairs={pairs} onAdd={() => write([...rows, { value: "", label: "" }])}>
      {offered.length > 0 && (
        <datalist id={list}>
          {offered.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
    </PairRows>
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
