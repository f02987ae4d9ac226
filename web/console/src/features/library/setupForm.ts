import type { ConnectorSetupWrite, SetupField } from "@shared/api/types";

/** What the form holds: text, or null for a stored secret that stays as it is. */
export type SetupValues = Record<string, string | null>;

/** What the form begins with. */
export function initialValues(fields: readonly SetupField[]): SetupValues {
  return Object.fromEntries(
    fields
      .filter((field) => !field.IsReadOnly)
      .map((field) => [field.Name, field.IsSensitive ? (field.IsSet ? null : "") : (field.Value ?? "")]),
  );
}

const ownProperties = ["ClientId", "ClientSecret", "Scopes"] as const;

/** What to send: only what was changed, so that everything else keeps its stored value. */
export function changesOf(fields: readonly SetupField[], values: SetupValues): ConnectorSetupWrite {
  const before = initialValues(fields);
  const changed = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== before[entry[0]],
  );
  const write: ConnectorSetupWrite = {};
  const properties: NonNullable<ConnectorSetupWrite["Properties"]> = [];
  for (const [name, value] of changed) {
    const own = ownProperties.find((property) => property === name);
    if (own === undefined) properties.push({ Name: name, Value: value.trim() });
    else write[own] = value.trim();
  }
  return properties.length === 0 ? write : { ...write, Properties: properties };
}
