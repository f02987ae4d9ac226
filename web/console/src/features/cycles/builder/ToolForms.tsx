import "@shared/messages/en/cycles";
import { ActionIcon, Button, Checkbox, Fieldset, Group, NativeSelect, NumberInput, Radio, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { CycleVariable, FieldForMapping, TimeUnit } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { FieldSelect } from "./FieldSelect";
import { comparesWith, conditions, newCriterion, type Criterion, type Operand, type StepValues } from "./stepForm";

/** What the forms of the logic tools have in common. */
interface ToolFormProps {
  values: StepValues;
  onChange: (part: Partial<StepValues>) => void;
  earlier: readonly FieldForMapping[];
  variables: readonly CycleVariable[];
  editable: boolean;
}

/** The comparisons of a decision. */
export function DecisionForm({ values, onChange, earlier, variables, editable }: ToolFormProps) {
  const { criteria } = values;
  const change = (index: number, criterion: Criterion) => onChange({ criteria: criteria.map((each, at) => (at === index ? criterion : each)) });
  return (
    <Stack>
      {criteria.length > 1 && (
        <Radio.Group label={t("decision.join")} value={values.join} onChange={(join) => onChange({ join: join === "Any" ? "Any" : "All" })}>
          <Group gap="lg" mt={6}>
            <Radio value="All" label={t("decision.all")} disabled={!editable} />
            <Radio value="Any" label={t("decision.any")} disabled={!editable} />
          </Group>
        </Radio.Group>
      )}
      {criteria.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("decision.none")}
        </Text>
      )}
      {criteria.map((criterion, index) => (
        <CriterionFields
          // Comparisons have no identity of their own; none keeps a state either.
          key={index}
          number={index + 1}
          criterion={criterion}
          onChange={(next) => change(index, next)}
          onRemove={() => onChange({ criteria: criteria.filter((_, at) => at !== index) })}
          earlier={earlier}
          variables={variables}
          editable={editable}
        />
      ))}
      {editable && (
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => onChange({ criteria: [...criteria, newCriterion] })} w="fit-content">
          {t("decision.add")}
        </Button>
      )}
    </Stack>
  );
}

interface CriterionFieldsProps {
  number: number;
  criterion: Criterion;
  onChange: (criterion: Criterion) => void;
  onRemove: () => void;
  earlier: readonly FieldForMapping[];
  variables: readonly CycleVariable[];
  editable: boolean;
}

function CriterionFields({ number, criterion, onChange, onRemove, editable, ...sources }: CriterionFieldsProps) {
  const right = comparesWith(criterion.condition);
  const between = criterion.condition === "Between";
  return (
    <Fieldset legend={t("decision.criterion", { number })} disabled={!editable}>
      <Stack gap="sm">
        <OperandField label={t("decision.left")} operand={criterion.left} onChange={(left) => onChange({ ...criterion, left })} typed={false} editable={editable} {...sources} />
        <NativeSelect
          label={t("decision.condition")}
          value={criterion.condition}
          onChange={(event) => onChange({ ...criterion, condition: conditions.find((each) => each === event.currentTarget.value) ?? criterion.condition })}
          data={conditions.map((condition) => ({ value: condition, label: t(`condition.${condition}`) }))}
        />
        {right && (
          <OperandField
            label={t(between ? "decision.lower" : "decision.right")}
            operand={criterion.right}
            onChange={(operand) => onChange({ ...criterion, right: operand })}
            editable={editable}
            {...sources}
          />
        )}
        {between && (
          <OperandField label={t("decision.upper")} operand={criterion.upper} onChange={(upper) => onChange({ ...criterion, upper })} editable={editable} {...sources} />
        )}
        <Group justify="space-between">
          {right ? (
            <Checkbox
              label={t("decision.ignoreCase")}
              checked={criterion.ignoreCase}
              onChange={(event) => onChange({ ...criterion, ignoreCase: event.currentTarget.checked })}
            />
          ) : (
            <span />
          )}
          {editable && (
            <ActionIcon variant="subtle" color="gray" aria-label={t("decision.remove", { number })} onClick={onRemove}>
              <IconTrash size={18} />
            </ActionIcon>
          )}
        </Group>
      </Stack>
    </Fieldset>
  );
}

interface OperandFieldProps {
  label: string;
  operand: Operand;
  onChange: (operand: Operand) => void;
  earlier: readonly FieldForMapping[];
  variables: readonly CycleVariable[];
  /** A typed value is no sensible left side. */
  typed?: boolean;
  editable: boolean;
}

function OperandField({ label, operand, onChange, earlier, variables, typed = true, editable }: OperandFieldProps) {
  const sources = ["PreviousStep", ...(typed ? (["StaticValue"] as const) : []), "Variable"] as const;
  return (
    <Group gap="xs" align="flex-end" wrap="wrap">
      <NativeSelect
        label={t("decision.sourceOf", { side: label })}
        w={170}
        value={operand.source}
        onChange={(event) => onChange({ ...operand, source: sources.find((each) => each === event.currentTarget.value) ?? "" })}
        data={[{ value: "", label: t("mapping.undecided") }, ...sources.map((source) => ({ value: source, label: t(`source.${source}`) }))]}
      />
      <div style={{ flex: 1, minWidth: 200 }}>
        {operand.source === "PreviousStep" && (
          <FieldSelect
            label={label}
            fields={earlier}
            stepId={operand.stepId}
            fieldId={operand.fieldId}
            onChange={(stepId, fieldId) => onChange({ ...operand, stepId, fieldId })}
            disabled={!editable}
          />
        )}
        {operand.source === "StaticValue" && (
          <TextInput label={label} value={operand.value} onChange={(event) => onChange({ ...operand, value: event.currentTarget.value })} spellCheck={false} />
        )}
        {operand.source === "Variable" && (
          <NativeSelect
            label={label}
            value={operand.variable}
            onChange={(event) => onChange({ ...operand, variable: event.currentTarget.value })}
            data={[
              { value: "", label: variables.length === 0 ? t("mapping.noVariables") : t("mapping.chooseVariable") },
              ...variables.map((variable) => ({ value: variable.SystemName, label: variable.DisplayName })),
            ]}
          />
        )}
      </div>
    </Group>
  );
}

const units = ["Seconds", "Minutes", "Hours", "Days", "Weeks"] as const satisfies readonly TimeUnit[];

/** How long a delay lasts. */
export function DelayForm({ values, onChange, editable }: ToolFormProps) {
  const { delay } = values;
  return (
    <Group align="flex-start" gap="sm">
      <NumberInput
        label={t("delay.interval")}
        min={0}
        allowDecimal={false}
        value={delay.interval}
        onChange={(interval) => onChange({ delay: { ...delay, interval } })}
        disabled={!editable}
        required
      />
      <NativeSelect
        label={t("delay.unit")}
        value={delay.unit}
        onChange={(event) => onChange({ delay: { ...delay, unit: units.find((each) => each === event.currentTarget.value) ?? "" } })}
        data={[{ value: "", label: t("mapping.undecided") }, ...units.map((unit) => ({ value: unit, label: t(`delay.unit.${unit}`) }))]}
        disabled={!editable}
        required
      />
    </Group>
  );
}

const withZone = /[zZ]$|[+-]\d\d:?\d\d$/;

/** The date that is waited for. */
export function WaitUntilForm({ values, onChange, earlier, editable }: ToolFormProps) {
  const date = values.waitUntil;
  const change = (part: Partial<Operand>) => onChange({ waitUntil: { ...date, ...part } });
  return (
    <Stack>
      <Radio.Group
        label={t("wait.source")}
        value={date.source}
        onChange={(source) => change({ source: source === "PreviousStep" ? "PreviousStep" : "StaticValue" })}
      >
        <Group gap="lg" mt={6}>
          <Radio value="StaticValue" label={t("wait.typed")} disabled={!editable} />
          <Radio value="PreviousStep" label={t("wait.field")} disabled={!editable} />
        </Group>
      </Radio.Group>
      {date.source === "StaticValue" && (
        <TextInput
          // A date that names its zone was set by somebody else and stays as it is until it is changed.
          type={withZone.test(date.value) ? "text" : "datetime-local"}
          label={t("wait.date")}
          description={t("wait.dateHint")}
          value={date.value}
          onChange={(event) => change({ value: event.currentTarget.value })}
          disabled={!editable}
          maw={320}
        />
      )}
      {date.source === "PreviousStep" && (
        <FieldSelect
          label={t("wait.dateField")}
          fields={earlier.filter((field) => field.DataType === "DateTime" || field.Id === date.fieldId)}
          stepId={date.stepId}
          fieldId={date.fieldId}
          onChange={(stepId, fieldId) => change({ stepId, fieldId })}
          disabled={!editable}
        />
      )}
    </Stack>
  );
}

/** What a note says. */
export function AnnotationForm({ values, onChange, editable }: ToolFormProps) {
  return (
    <Textarea
      label={t("annotation.text")}
      autosize
      minRows={4}
      value={values.annotation}
      onChange={(event) => onChange({ annotation: event.currentTarget.value })}
      disabled={!editable}
    />
  );
}
