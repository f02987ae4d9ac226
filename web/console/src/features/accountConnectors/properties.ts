import type { AccountConnector } from "@shared/api/types";

/** A property as the form shows it: one that is stored, or one that the connector declares. */
export interface PropertyRow {
  /** Of a stored property. */
  id: number | undefined;
  name: string;
  label: string;
  description: string | undefined;
  sensitive: boolean;
  value: string;
  values: string[];
}

const secretNames = new Set(["ClientSecret", "Password", "TokenSecret"]);

/** Declared account properties first, in their order, then the others that are stored. */
export function propertyRows(connector: AccountConnector): PropertyRow[] {
  const stored = new Map(connector.Properties.map((property) => [property.Name, property]));
  const declared = connector.Connector.Parameters.filter(
    (parameter) => parameter.IsAccountConnectorProperty === true && parameter.IsHidden !== true,
  ).map((parameter): PropertyRow => {
    const property = stored.get(parameter.TargetName);
    stored.delete(parameter.TargetName);
    return {
      id: property?.Id,
      name: parameter.TargetName,
      label: parameter.Name,
      description: parameter.Description ?? undefined,
      sensitive: parameter.IsSensitive ?? false,
      value: property?.Value ?? "",
      values: parameter.Values ?? [],
    };
  });
  const others = [...stored.values()].map((property): PropertyRow => {
    const parameter = connector.Connector.Parameters.find((candidate) => candidate.TargetName === property.Name);
    return {
      id: property.Id,
      name: property.Name,
      label: parameter?.Name ?? property.Name,
      description: parameter?.Description ?? undefined,
      sensitive: parameter?.IsSensitive ?? secretNames.has(property.Name),
      value: property.Value ?? "",
      values: parameter?.Values ?? [],
    };
  });
  return [...declared, ...others];
}

/** What to send: only what was changed. */
export function changedProperties(
  rows: readonly PropertyRow[],
  values: Readonly<Record<string, string | null>>,
): { Name: string; Value: string }[] {
  return rows.flatMap((row) => {
    const value = values[row.name];
    return value === undefined || value === null || value === row.value ? [] : [{ Name: row.name, Value: value }];
  });
}
