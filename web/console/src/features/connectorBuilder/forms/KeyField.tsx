import { TextInput } from "@mantine/core";
import { useState } from "react";
import { t, type MessageKey } from "@shared/messages/t";
import { pointerOf, textAt, type Path } from "../model/json";
import { namesOf, type Named } from "../model/references";
import { fieldId, useBuilder, useDocument, useFaults } from "./BuilderContext";

interface KeyFieldProps {
  path: Path;
  what: Named;
  label: MessageKey;
  hint?: MessageKey;
  onRenamed?: (to: string) => void;
}

/** The name by which others refer to something. Changing it changes them too, when the field is left. */
export function KeyField({ path, what, label, hint, onRenamed }: KeyFieldProps) {
  const value = textAt(useDocument(), path);
  // Undoing, or another item in this place, is another field.
  return (
    <KeyInput
      key={value}
      path={path}
      what={what}
      label={label}
      value={value}
      {...(hint === undefined ? {} : { hint })}
      {...(onRenamed === undefined ? {} : { onRenamed })}
    />
  );
}

function KeyInput({ path, what, label, hint, value, onRenamed }: KeyFieldProps & { value: string }) {
  const { store, editable } = useBuilder();
  const document = useDocument();
  const pointer = pointerOf(path);
  const faults = useFaults(pointer);
  const [typed, setTyped] = useState(value);
  const taken = typed !== value && namesOf(document, what).includes(typed) && what !== "category";
  const commit = () => {
    const next = typed.trim();
    if (taken || next === value) return;
    if (value === "") store.do({ kind: "set", path, value: next });
    else store.do({ kind: "rename", what, from: value, to: next });
    onRenamed?.(next);
  };
  const error = taken ? t("cb.taken") : faults.length > 0 ? faults.join(" ") : undefined;
  return (
    <TextInput
      id={fieldId(pointer)}
      label={t(label)}
      description={hint === undefined ? undefined : t(hint)}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
      error={error}
      required
      disabled={!editable}
      spellCheck={false}
      autoComplete="off"
      maw={420}
    />
  );
}
