import type {
  CollectionKey,
  CollectionSplitType,
  DecisionCondition,
  DecisionCriterion,
  OperandRef,
  Step,
  StepErrorAction,
  StepUpdate,
  TimeUnit,
} from "@shared/api/types";

/** One side of a comparison, or the date of a wait. */
export interface Operand {
  /** Empty while nobody has decided. */
  source: "" | "StaticValue" | "PreviousStep" | "Variable";
  value: string;
  stepId: string;
  fieldId: number | undefined;
  variable: string;
}

/** One comparison of a decision. */
export interface Criterion {
  left: Operand;
  condition: DecisionCondition;
  right: Operand;
  upper: Operand;
  ignoreCase: boolean;
}

/** A step as the form holds it. */
export interface StepValues {
  name: string;
  description: string;
  annotation: string;
  join: "All" | "Any";
  criteria: Criterion[];
  delay: { interval: number | string; unit: TimeUnit | "" };
  waitUntil: Operand;
  webhook: { requestField: number | undefined; stepId: string; fieldId: number | undefined };
  keys: CollectionKey[];
  /** Empty inherits. */
  onError: StepErrorAction | "";
  splitting: CollectionSplitType | "";
  stopsWhenUncertain: boolean;
  external: boolean;
  /** Start of the next look-back, an instant; empty when it is not set. */
  since: string;
  script: string;
  setupHidden: boolean;
}

/** The wire's word for a look-back that is not set. */
const notSet = "1970-01-01T00:00:00Z";

/** An operand that nobody has decided. */
export const noOperand: Operand = { source: "", value: "", stepId: "", fieldId: undefined, variable: "" };

/** A comparison to begin with. */
export const newCriterion: Criterion = {
  left: { ...noOperand, source: "PreviousStep" },
  condition: "Equals",
  right: { ...noOperand, source: "StaticValue" },
  upper: { ...noOperand, source: "StaticValue" },
  ignoreCase: false,
};

/** Comparisons in the order in which they are offered. */
export const conditions = [
  "Equals",
  "NotEquals",
  "Exists",
  "NotExists",
  "IsEmpty",
  "IsNotEmpty",
  "Contains",
  "NotContains",
  "StartsWith",
  "NotStartsWith",
  "EndsWith",
  "NotEndsWith",
  "GreaterThan",
  "GreaterThanOrEqualTo",
  "LessThan",
  "LessThanOrEqualTo",
  "Between",
  "InList",
  "NotInList",
  "Matches",
  "NotMatches",
  "IsTrue",
  "IsFalse",
] as const satisfies readonly DecisionCondition[];

const alone: ReadonlySet<DecisionCondition> = new Set(["Exists", "NotExists", "IsEmpty", "IsNotEmpty", "IsTrue", "IsFalse"]);

/** Whether a comparison has a right operand. */
export function comparesWith(condition: DecisionCondition): boolean {
  return !alone.has(condition);
}

/** What the form begins with. */
export function stepValues(step: Step): StepValues {
  const since = step.LastSuccessfulRunDate;
  return {
    name: step.Name,
    description: step.Description ?? "",
    annotation: step.AnnotationText ?? "",
    join: step.Decision?.Join ?? "All",
    criteria: (step.Decision?.Criteria ?? []).map(criterionOf),
    delay: { interval: step.Delay?.Interval ?? "", unit: step.Delay?.Unit ?? "" },
    waitUntil: operandOf(step.WaitUntil),
    webhook: {
      requestField: step.WebhookMapping?.RequestFieldId ?? undefined,
      stepId: step.WebhookMapping?.SourceStepId ?? "",
      fieldId: step.WebhookMapping?.SourceFieldId ?? undefined,
    },
    keys: step.CollectionKeys ?? [],
    onError: step.StepErrorAction ?? "",
    splitting: step.CollectionSplitType ?? "",
    stopsWhenUncertain: step.OnUncertain === "Stop",
    external: step.UseExternalAuthentication ?? false,
    since: since === undefined || Date.parse(since) <= 0 ? "" : since,
    script: step.Script ?? "",
    setupHidden: step.IsSetupHidden ?? false,
  };
}

function criterionOf(criterion: DecisionCriterion): Criterion {
  return {
    left: operandOf(criterion.LeftOperand),
    condition: criterion.Condition,
    right: operandOf(criterion.RightOperand),
    upper: operandOf(criterion.UpperOperand),
    ignoreCase: criterion.IgnoreCase ?? false,
  };
}

function operandOf(operand: OperandRef | null | undefined): Operand {
  const source = operand?.MappingType;
  return {
    source: source === "StaticValue" || source === "PreviousStep" || source === "Variable" ? source : "",
    value: operand?.Value ?? "",
    stepId: operand?.SourceStepId ?? "",
    fieldId: operand?.SourceFieldId ?? undefined,
    variable: operand?.VariableName ?? "",
  };
}

/** The step as the API takes it: only what a step of its kind has. */
export function stepUpdate(values: StepValues, step: Step): StepUpdate {
  const shared: StepUpdate = { Name: values.name.trim(), Description: blank(values.description), IsSetupHidden: values.setupHidden };
  switch (step.ActionType) {
    case "Annotation":
      return { ...shared, AnnotationText: blank(values.annotation) };
    case "Decision":
      return { ...shared, Decision: { Join: values.join, Criteria: values.criteria.map(criterionToWire) } };
    case "Delay":
      return {
        ...shared,
        Delay: { Interval: typeof values.delay.interval === "number" ? values.delay.interval : null, Unit: values.delay.unit === "" ? null : values.delay.unit },
      };
    case "WaitUntil":
      return { ...shared, WaitUntil: waitToWire(values.waitUntil) };
    case "WaitAll":
      return shared;
    case "Action":
    case "Webhook":
    case "Unknown":
      return {
        ...shared,
        StepErrorAction: values.onError === "" ? null : values.onError,
        CollectionSplitType: values.splitting === "" ? null : values.splitting,
        OnUncertain: values.stopsWhenUncertain ? "Stop" : "Repeat",
        UseExternalAuthentication: values.external,
        LastSuccessfulRunDate: values.since === "" ? notSet : values.since,
        Script: values.script.trim() === "" ? null : values.script,
        CollectionKeys: values.keys,
        ...(step.ActionType === "Webhook" ? { WebhookMapping: webhookToWire(values.webhook) } : {}),
      };
  }
}

function blank(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function criterionToWire(criterion: Criterion): DecisionCriterion {
  return {
    LeftOperand: operandToWire(criterion.left),
    Condition: criterion.condition,
    RightOperand: comparesWith(criterion.condition) ? operandToWire(criterion.right) : null,
    UpperOperand: criterion.condition === "Between" ? operandToWire(criterion.upper) : null,
    IgnoreCase: criterion.ignoreCase,
  };
}

function operandToWire(operand: Operand): OperandRef | null {
  switch (operand.source) {
    case "":
      return null;
    case "StaticValue":
      return { MappingType: "StaticValue", Value: operand.value };
    case "PreviousStep":
      return operand.fieldId === undefined ? null : { MappingType: "PreviousStep", SourceStepId: operand.stepId, SourceFieldId: operand.fieldId };
    case "Variable":
      return operand.variable === "" ? null : { MappingType: "Variable", VariableName: operand.variable };
  }
}

function waitToWire(date: Operand): NonNullable<StepUpdate["WaitUntil"]> | null {
  if (date.source === "StaticValue" && date.value !== "") return { MappingType: "StaticValue", Value: date.value };
  if (date.source === "PreviousStep" && date.fieldId !== undefined) {
    return { MappingType: "PreviousStep", SourceStepId: date.stepId, SourceFieldId: date.fieldId };
  }
  return null;
}

function webhookToWire({ requestField, stepId, fieldId }: StepValues["webhook"]): StepUpdate["WebhookMapping"] {
  if (requestField === undefined || fieldId === undefined) return null;
  return { RequestFieldId: requestField, SourceStepId: stepId, SourceFieldId: fieldId };
}
