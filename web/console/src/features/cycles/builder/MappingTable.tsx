import "@shared/messages/en/cycles";
import { Badge, Button, Checkbox, Code, Group, NativeSelect, Switch, Text, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { memo, useState } from "react";
import type { CycleVariable, FieldForMapping, MappingType } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { SearchBox } from "@shared/ui/SearchBox";
import { FieldSelect } from "./FieldSelect";
import { LookupValue } from "./LookupValue";
import { isUnmapped, sourcesFor, withSource, type Draft, type Target } from "./mapping";
import classes from "./MappingTable.module.css";
import { TypedValue } from "./TypedValue";

interface MappingTableProps {
  accountId: string;
  stepId: string;
  targets: readonly Target[];
  drafts: ReadonlyMap<string, Draft>;
  onChange: (key: string, draft: Draft) => void;
  earlier: readonly FieldForMapping[];
  variables: readonly CycleVariable[];
  /** Why a mapping was refused, by the target's key. */
  problems: ReadonlyMap<string, string>;
  editable: boolean;
}

/** Rows drawn before more are asked for: methods may have thousands of fields. */
const firstRows = 100;
/** From this many targets on there is a search box. */
const searchFrom = 12;

/** Where every parameter and field of a step gets its value. */
export function MappingTable({ targets, drafts, ...rest }: MappingTableProps) {
  const [all, setAll] = useState(false);
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(firstRows);
  const draftOf = (target: Target) => drafts.get(target.key) ?? target.stored;
  // What is stored decides, so that a row does not vanish while it is being changed.
  const hidden = targets.filter((target) => target.optional && isUnmapped(target.stored) && isUnmapped(draftOf(target)));
  const wanted = query.trim().toLowerCase();
  const found = targets.filter(
    (target) => (all || !hidden.includes(target)) && (wanted === "" || `${target.name} ${target.location}`.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <Group justify="space-between" mb="xs">
        {targets.length >= searchFrom && <SearchBox label={t("mapping.search")} value={query} onChange={setQuery} />}
        {hidden.length > 0 && (
          <Switch
            label={t("mapping.showOptional", { count: hidden.length })}
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        )}
      </Group>
      {found.length === 0 ? (
        <Text size="sm" c="dimmed">
          {wanted === "" ? t("mapping.nothingRequired") : t("page.noMatch", { filters: `“${query}”` })}
        </Text>
      ) : (
        <table className={classes.table}>
          <caption>
            <VisuallyHidden>{t("mapping.caption")}</VisuallyHidden>
          </caption>
          <thead>
            <tr>
              <th scope="col">{t("mapping.field")}</th>
              <th scope="col" className={classes.source}>
                {t("mapping.source")}
              </th>
              <th scope="col">{t("mapping.value")}</th>
              <th scope="col" className={classes.tick}>
                {t("mapping.required")}
              </th>
              <th scope="col" className={classes.tick}>
                {t("mapping.userConfigurable")}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((target) => (
              <Row key={target.key} target={target} draft={draftOf(target)} {...rest} />
            ))}
          </tbody>
        </table>
      )}
      {found.length > shown && (
        <Button variant="default" mt="sm" onClick={() => setShown(shown + firstRows)}>
          {t("mapping.more", { count: found.length - shown })}
        </Button>
      )}
    </>
  );
}

interface RowProps extends Omit<MappingTableProps, "targets" | "drafts"> {
  target: Target;
  draft: Draft;
}

const Row = memo(function Row({ target, draft, onChange, earlier, problems, editable, ...rest }: RowProps) {
  const change = (next: Draft) => onChange(target.key, next);
  const sources = sourcesFor(target);
  const problem = problems.get(target.key);
  return (
    <tr>
      <th scope="row">
        {target.name}{" "}
        {target.isCustom && (
          <Badge size="xs" variant="outline" color="gray">
            {t("mapping.custom")}
          </Badge>
        )}
        {target.description !== undefined && target.description !== "" && (
          <Text size="xs" c="dimmed" fw={400}>
            {target.description}
          </Text>
        )}
        <Code className={classes.location}>{target.location}</Code>
      </th>
      <td>
        <NativeSelect
          aria-label={t("mapping.sourceOf", { name: target.name })}
          value={draft.source}
          disabled={!editable}
          onChange={(event) => {
            const source = sources.find((each) => each === event.currentTarget.value);
            if (source !== undefined) change(withSource(draft, source, target, earlier));
          }}
          data={[...(draft.source === "" ? [{ value: "", label: t("mapping.undecided") }] : []), ...withStored(sources, draft).map((source) => ({ value: source, label: t(`source.${source}`) }))]}
        />
      </td>
      <td>
        <ValueControl target={target} draft={draft} onChange={change} earlier={earlier} editable={editable} problem={problem} {...rest} />
        {isUnmapped(draft) && problem !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)">
            {problem}
          </Text>
        )}
      </td>
      <td>
        {target.optional ? (
          <VisuallyHidden>{t("no")}</VisuallyHidden>
        ) : (
          <IconCheck size={18} role="img" aria-label={t("mapping.requiredTick", { name: target.name })} />
        )}
      </td>
      <td>
        <Checkbox
          aria-label={t("mapping.userConfigurableFor", { name: target.name })}
          checked={draft.userConfigurable}
          disabled={!editable}
          onChange={(event) => change({ ...draft, userConfigurable: event.currentTarget.checked })}
        />
      </td>
    </tr>
  );
});

/** A stored source stays among the choices, even where a newer release no longer offers it. */
function withStored(sources: readonly MappingType[], draft: Draft): readonly MappingType[] {
  return draft.source === "" || sources.includes(draft.source) ? sources : [...sources, draft.source];
}

interface ValueControlProps {
  accountId: string;
  stepId: string;
  target: Target;
  draft: Draft;
  onChange: (draft: Draft) => void;
  earlier: readonly FieldForMapping[];
  variables: readonly CycleVariable[];
  editable: boolean;
  problem: string | undefined;
}

/** What is taken from the chosen source. */
function ValueControl({ accountId, stepId, target, draft, onChange, earlier, variables, editable, problem }: ValueControlProps) {
  const label = t("mapping.valueOf", { name: target.name });
  const shared = { disabled: !editable, error: problem };
  switch (draft.source) {
    case "":
    case "Ignore":
      return null;
    case "StaticValue":
      return <TypedValue label={label} value={draft.value} onChange={(value) => onChange({ ...draft, value })} earlier={earlier} {...shared} />;
    case "PreviousStep":
      return (
        <FieldSelect
          label={label}
          labelHidden
          fields={earlier}
          stepId={draft.stepId}
          fieldId={draft.fieldId}
          onChange={(source, fieldId) => onChange({ ...draft, stepId: source, fieldId })}
          {...shared}
        />
      );
    case "Lookup":
      return <LookupValue accountId={accountId} stepId={stepId} target={target} draft={draft} onChange={onChange} {...shared} />;
    case "ValueList":
      return (
        <NativeSelect
          aria-label={label}
          value={draft.value}
          onChange={(event) => onChange({ ...draft, value: event.currentTarget.value })}
          data={[{ value: "", label: t("mapping.chooseValue") }, ...new Set([...target.values, ...(draft.value === "" ? [] : [draft.value])])]}
          {...shared}
        />
      );
    case "Variable":
      return (
        <NativeSelect
          aria-label={label}
          value={draft.variable}
          onChange={(event) => onChange({ ...draft, variable: event.currentTarget.value })}
          data={[
            { value: "", label: variables.length === 0 ? t("mapping.noVariables") : t("mapping.chooseVariable") },
            ...variables.map((variable) => ({ value: variable.SystemName, label: variable.DisplayName })),
          ]}
          {...shared}
        />
      );
  }
}
