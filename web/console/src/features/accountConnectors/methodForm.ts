import type { CustomField, Field, Method, MethodCall, Parameter } from "@shared/api/types";

/** One input of a method's test. */
export interface MethodInput {
  /** Unique within the form. */
  key: string;
  part: "Parameters" | "Fields";
  /** What a call names it by. */
  name: string;
  label: string;
  description: string | undefined;
  type: Parameter["DataType"];
  optional: boolean;
  sensitive: boolean;
  multiline: boolean;
  values: string[];
  initial: string;
  /** The lookup that offers values. */
  triggerId: number | undefined;
}

/**
 * What a method can be given, the account's own request fields among it: required inputs first, each
 * group in the definition's order.
 */
export function inputsOf(method: Method, custom: readonly CustomField[] = []): MethodInput[] {
  const parameters = method.Parameters.filter(
    (parameter) =>
      parameter.IsHidden !== true &&
      // Values of the installation, not of a call.
      parameter.IsAccountConnectorProperty !== true &&
      parameter.IsPartnerConnectorProperty !== true,
  ).map((parameter) => inputOf("Parameters", parameter, parameter.IsSensitive ?? false, parameter.IsMultiline ?? false));
  const fields = method.RequestFields.filter((field) => field.IsHidden !== true && field.IsReadOnly !== true).map((field) =>
    inputOf("Fields", field, false, false),
  );
  const all = [...parameters, ...fields, ...custom.map(inputOfCustom)];
  return [...all.filter((input) => !input.optional), ...all.filter((input) => input.optional)];
}

function inputOf(part: MethodInput["part"], source: Parameter | Field, sensitive: boolean, multiline: boolean): MethodInput {
  return {
    key: `${part}.${source.Id}`,
    part,
    name: String(source.Id),
    label: source.Name,
    description: source.Description ?? undefined,
    type: source.DataType,
    optional: source.IsOptional,
    sensitive,
    multiline,
    values: source.Values ?? [],
    initial: source.DefaultValue ?? "",
    triggerId: source.Triggers[0]?.TriggerId,
  };
}

/** By its location: numbers of custom fields are counted apart from those of the definition. */
function inputOfCustom(field: CustomField): MethodInput {
  return {
    key: `Fields.${field.ConnectorField}`,
    part: "Fields",
    name: field.ConnectorField,
    label: field.DisplayName,
    description: field.Description ?? undefined,
    type: field.DataType,
    optional: true,
    sensitive: false,
    multiline: false,
    values: [],
    initial: "",
    triggerId: undefined,
  };
}

/** What is wrong with what was typed: the input's key and why. */
export type InputProblem = "required" | "notNumber";

/** Finds inputs that cannot be sent. */
export function problemsOf(inputs: readonly MethodInput[], values: Readonly<Record<string, string>>): Map<string, InputProblem> {
  const problems = new Map<string, InputProblem>();
  for (const input of inputs) {
    const value = valueOf(input, values);
    if (value === "") {
      if (!input.optional) problems.set(input.key, "required");
    } else if (isNumeric(input.type) && !Number.isFinite(Number(value))) {
      problems.set(input.key, "notNumber");
    }
  }
  return problems;
}

/** The call to send; inputs left blank are left out. */
export function callOf(inputs: readonly MethodInput[], values: Readonly<Record<string, string>>): MethodCall {
  const given: Record<MethodInput["part"], Record<string, unknown>> = { Parameters: {}, Fields: {} };
  for (const input of inputs) {
    const value = valueOf(input, values);
    if (value !== "") given[input.part][input.name] = typed(input.type, value);
  }
  // The document cannot say that any name is allowed, so its type allows none.
  return given as unknown as MethodCall;
}

function valueOf(input: MethodInput, values: Readonly<Record<string, string>>): string {
  const value = values[input.key] ?? input.initial;
  return input.sensitive || input.multiline ? value : value.trim();
}

function isNumeric(type: MethodInput["type"]): boolean {
  return type === "Integer" || type === "Float" || type === "Decimal";
}

function typed(type: MethodInput["type"], value: string): string | number | boolean {
  // A number beyond what JavaScript can hold exactly stays text; the server reads both.
  if (isNumeric(type) && String(Number(value)) === value) return Number(value);
  if (type === "Boolean") return value === "true";
  return value;
}
