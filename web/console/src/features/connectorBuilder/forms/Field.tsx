import { MultiSelect, NativeSelect, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { hasText, t } from "@shared/messages/t";
import { at, isObject, pointerOf, shownAs, textAt, type Json, type Path } from "../model/json";
import { namesOf } from "../model/references";
import { fieldId, useAt, useBuilder, useDocument, useFaults } from "./BuilderContext";
import { FieldGroup } from "./FieldGroup";
import { ListField } from "./ListField";
import { MapField } from "./MapField";
import type { FieldName, Spec } from "./spec";
import { ValuesField } from "./ValuesField";

interface FieldsProps {
  /** The object that the members belong to. */
  path: Path;
  specs: readonly Spec[];
}

/** A form over some members of an object. */
export function Fields({ path, specs }: FieldsProps) {
  const owner = useAt(path);
  const shown = specs.filter((spec) => spec.when === undefined || spec.when(isObject(owner) ? owner : {}));
  return (
    <Stack gap="sm">
      {shown.map((spec) => (
        <Field key={spec.member} owner={path} spec={spec} />
      ))}
    </Stack>
  );
}

const monospace = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } };

/** The input for one member. */
export function Field({ owner, spec }: { owner: Path; spec: Spec }) {
  const { store, editable } = useBuilder();
  const document = useDocument();
  const path = [...owner, spec.member];
  const pointer = pointerOf(path);
  const name = spec.name ?? (spec.member as FieldName);
  const composite = spec.kind === "strings" || spec.kind === "references";
  const faults = useFaults(pointer, composite);
  const value = at(document, path);
  const label = t(`cb.f.${name}`);
  const hint = `cb.h.${name}`;
  const set = (next: Json | undefined) => store.do({ kind: "set", path, value: next }, pointer);
  const shared = {
    id: fieldId(pointer),
    label,
    description: hasText(hint) ? t(hint) : undefined,
    error: faults.length === 0 ? undefined : faults.join(" "),
    disabled: !editable,
    onBlur: store.settle,
  };
  const text = textAt(document, path);
  const setText = (next: string) => set(next === "" && spec.required !== true ? undefined : next);

  switch (spec.kind) {
    case "text":
    case "code":
    case "spaced":
      return (
        <TextInput
          {...shared}
          value={text}
          // A prefix or separator of blanks says something; an absent one is the default.
          onChange={(event) => setText(event.currentTarget.value)}
          required={spec.required ?? false}
          autoComplete="off"
          spellCheck={spec.kind === "text"}
          {...(spec.kind === "text" ? {} : { styles: monospace })}
        />
      );
    case "area":
      return <Textarea {...shared} value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={2} maxRows={10} />;
    case "integer":
    case "number":
      return (
        <TextInput
          {...shared}
          value={text}
          onChange={(event) => set(numberOf(event.currentTarget.value))}
          inputMode={spec.kind === "integer" ? "numeric" : "decimal"}
          maw={260}
          autoComplete="off"
        />
      );
    case "switch":
      return <Switch {...shared} checked={value === true} onChange={(event) => set(event.currentTarget.checked ? true : undefined)} />;
    case "onByDefault":
      return <Switch {...shared} checked={value !== false} onChange={(event) => set(event.currentTarget.checked ? undefined : false)} />;
    case "inherited":
      return (
        <NativeSelect
          {...shared}
          value={typeof value === "boolean" ? String(value) : ""}
          onChange={(event) => set(event.currentTarget.value === "" ? undefined : event.currentTarget.value === "true")}
          data={[
            { value: "", label: t("cb.inherited") },
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ]}
          maw={320}
        />
      );
    case "choice":
      return (
        <NativeSelect
          {...shared}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          required={spec.required ?? false}
          data={[...(spec.required === true ? [] : [{ value: "", label: t("cb.default") }]), ...withUnknown(spec.options, text)]}
          maw={420}
        />
      );
    case "reference":
      return (
        <NativeSelect
          {...shared}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          required={spec.required ?? false}
          data={[{ value: "", label: t("cb.none") }, ...withUnknown(namesOf(document, spec.to), text)]}
          maw={420}
        />
      );
    case "references": {
      const chosen = textsOf(value);
      return (
        <MultiSelect
          {...shared}
          value={chosen}
          onChange={(next) => set(next.length === 0 ? undefined : next)}
          data={[...new Set([...namesOf(document, spec.to), ...chosen])]}
          placeholder={chosen.length === 0 ? t("cb.every") : ""}
        />
      );
    }
    case "strings":
      return (
        <Textarea
          {...shared}
          value={textsOf(value).join("\n")}
          onChange={(event) => {
            const lines = event.currentTarget.value;
            set(lines === "" ? undefined : lines.split("\n"));
          }}
          onBlur={() => {
            // Empty lines are for typing only.
            const lines = textsOf(value)
              .map((line) => line.trim())
              .filter((line) => line !== "");
            if (lines.join("\n") !== textsOf(value).join("\n")) set(lines.length === 0 ? undefined : lines);
            store.settle();
          }}
          autosize
          minRows={2}
          maxRows={8}
          spellCheck={false}
          styles={monospace}
        />
      );
    case "map":
      return <MapField path={path} label={label} description={shared.description} />;
    case "values":
      return <ValuesField path={path} label={label} description={shared.description} />;
    case "group":
      return (
        <FieldGroup path={path} label={label} description={shared.description} removable={spec.optional ?? false}>
          <Fields path={path} specs={spec.specs} />
        </FieldGroup>
      );
    case "list":
      return (
        <ListField
          path={path}
          label={label}
          description={shared.description}
          add={t(spec.noun)}
          fresh={() => spec.fresh}
          titleOf={(item) => textAt(item, [spec.title])}
          renderItem={(item) => <Fields path={item} specs={spec.specs} />}
        />
      );
  }
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(shownAs) : typeof value === "string" ? [value] : [];
}

/** What cannot be read as a number stays as typed, so that the fault is told beside it. */
function numberOf(text: string): Json | undefined {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  // "1." is on its way to a number.
  return Number.isFinite(number) && String(number) === text.trim() ? number : text;
}

/** A value that is no option any more is still shown. */
function withUnknown(options: readonly string[], value: string): string[] {
  return value === "" || options.includes(value) ? [...options] : [...options, value];
}
