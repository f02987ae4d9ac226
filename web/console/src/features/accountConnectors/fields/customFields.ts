import type { CategoryCopy, CustomField, CustomFieldWrite, Field, Method } from "@shared/api/types";

/** The id that stands for every method of a connector. */
export const everyMethod = "00000000-0000-0000-0000-000000000000";

/** Where in a method a field belongs. */
export type Part = "request" | "response";

/** Whether a custom field is one of a method, called for an object or for none (connectors.md §5). */
export function belongsTo(field: CustomField, method: Method, copies: readonly CategoryCopy[], object: CategoryCopy | undefined): boolean {
  if (field.MethodUniqueIdentifier !== everyMethod && field.MethodUniqueIdentifier !== method.MethodUniqueIdentifier) return false;
  const entity = field.EntityIdentifier;
  if (entity == null) return true;
  // A name that no copy of the category has is the provider's own, and says nothing about copies.
  return object?.ObjectName === entity || !copies.some((copy) => copy.ObjectName === entity && copy.SourceCategory === method.Category);
}

/** Fields of one part of a method, the definition's own before those of the account. */
export function customFieldsOf(
  fields: readonly CustomField[],
  part: Part,
  method: Method,
  copies: readonly CategoryCopy[],
  object: CategoryCopy | undefined,
): CustomField[] {
  const declared = new Set(declaredOf(method, part).map((field) => field.Location));
  return fields.filter(
    (field) => field.ForRequestFormat === (part === "request") && !declared.has(field.ConnectorField) && belongsTo(field, method, copies, object),
  );
}

/** The fields of a part that the definition declares. */
export function declaredOf(method: Method, part: Part): readonly Field[] {
  return part === "request" ? method.RequestFields : method.ResponseFields;
}

/** What a form about a custom field holds. */
export interface CustomFieldValues {
  location: string;
  name: string;
  description: string;
  type: NonNullable<CustomFieldWrite["DataType"]>;
  format: string;
  /** For every method of the connector, not for one. */
  everywhere: boolean;
}

export const freshField: CustomFieldValues = { location: "", name: "", description: "", type: "Text", format: "", everywhere: false };

/** What a form begins with when a field is edited. */
export function fieldValues(field: CustomField): CustomFieldValues {
  return {
    location: field.ConnectorField,
    name: field.DisplayName,
    description: field.Description ?? "",
    type: field.DataType,
    format: field.DataTypeFormat ?? "",
    everywhere: field.MethodUniqueIdentifier === everyMethod,
  };
}

/** Where a new field belongs. */
export interface FieldPlace {
  part: Part;
  method: Method;
  object: CategoryCopy | undefined;
}

/** What to send. Editing keeps what the form does not ask for: a PUT replaces the whole field. */
export function fieldToWire(values: CustomFieldValues, place: FieldPlace, before?: CustomField): CustomFieldWrite {
  const optional = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    ConnectorField: values.location.trim(),
    SystemField: before?.SystemField ?? null,
    DisplayName: values.name.trim() === "" ? displayNameOf(values.location) : values.name.trim(),
    Description: optional(values.description),
    DataType: values.type,
    DataTypeFormat: values.type === "DateTime" ? optional(values.format) : null,
    MethodUniqueIdentifier: values.everywhere ? everyMethod : methodOf(place, before),
    EntityIdentifier: before === undefined ? (place.object?.ObjectName ?? null) : (before.EntityIdentifier ?? null),
    ForRequestFormat: place.part === "request",
  };
}

function methodOf({ method }: FieldPlace, before: CustomField | undefined): string {
  const kept = before?.MethodUniqueIdentifier;
  return kept === undefined || kept === everyMethod ? method.MethodUniqueIdentifier : kept;
}

/** Why a location can't be used. The server judges it again. */
export function locationProblem(location: string, taken: ReadonlySet<string>): "required" | "location" | "taken" | null {
  const trimmed = location.trim();
  if (trimmed === "") return "required";
  if (!isLocation(trimmed)) return "location";
  return taken.has(trimmed) ? "taken" : null;
}

/** Segments joined by dots: `name`, `[name]`, `[]`, or anything between backslashes. */
function isLocation(text: string): boolean {
  return /^(\\[^\\]+\\|\[[^.[\]\\]*\]|[^.[\]\\]+)(\.(\\[^\\]+\\|\[[^.[\]\\]*\]|[^.[\]\\]+))*$/.test(text);
}

/** A name for people: the last part of a location that has one, in words. */
export function displayNameOf(location: string): string {
  const words = (location.match(/\\[^\\]+\\|[^.[\]]+/g) ?? [])
    .at(-1)
    ?.replaceAll("\\", "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_\-@#.]+/g, " ")
    .trim();
  if (words === undefined || words === "") return location.trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** The fields that a sample shows and that are not there yet. */
export function fieldsToAdd(found: readonly { location: string; type: CustomFieldValues["type"] }[], taken: ReadonlySet<string>): CustomFieldValues[] {
  return found
    .filter(({ location }) => !taken.has(location))
    .map(({ location, type }) => ({ ...freshField, location, type, name: displayNameOf(location) }));
}

/** Whether copies of a method's category make sense: the object's name is merged into its calls. */
export function takesObjects(method: Method): boolean {
  // Whether a category may be copied is not told by the API; a method that merges the name is a sure sign.
  const merged = /\{\{\s*CyclrObjectName\s*\}\}/i;
  return merged.test(method.EndPoint) || method.Parameters.some((parameter) => merged.test(parameter.DefaultValue ?? ""));
}
