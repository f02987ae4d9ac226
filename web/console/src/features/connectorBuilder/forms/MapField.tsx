import { t } from "@shared/messages/t";
import { isObject, pointerOf, shownAs, type Json, type Path } from "../model/json";
import { useAt, useBuilder } from "./BuilderContext";
import { PairRows } from "./PairRows";

interface MapFieldProps {
  path: Path;
  label: string;
  description?: string | undefined;
}

/** Names with values, in order. */
export function MapField({ path, label, description }: MapFieldProps) {
  const { store } = useBuilder();
  const value = useAt(path);
  const pointer = pointerOf(path);
  const entries = isObject(value) ? Object.entries(value) : [];
  const write = (next: [string, Json][], group?: string) =>
    store.do({ kind: "set", path, value: next.length === 0 ? undefined : Object.fromEntries(next) }, group);
  const pairs = entries.map(([name, member], index) => ({
    first: {
      label: t("cb.mapName", { what: label, number: index + 1 }),
      value: name,
      onChange: (renamed: string) => {
        // Two of one name can't both be kept.
        if (entries.some(([other], position) => other === renamed && position !== index)) return;
        write(entries.with(index, [renamed, member]), `${pointer}#${index}`);
      },
    },
    second: {
      label: t("cb.mapValue", { what: label, number: index + 1 }),
      value: Array.isArray(member) ? member.map(shownAs).join(", ") : shownAs(member),
      onChange: (text: string) => write(entries.with(index, [name, Array.isArray(member) ? text.split(/,\s*/) : text]), `${pointer}=${index}`),
      share: 2,
    },
    name,
    onRemove: () => write(entries.toSpliced(index, 1)),
  }));
  return (
    <PairRows
      path={path}
      label={label}
      description={description}
      pairs={pairs}
      isFull={entries.some(([name]) => name === "")}
      onAdd={() => write([...entries, ["", ""]])}
    />
  );
}
