import { parse, stringify } from "yaml";
import { isObject, type Json, type JsonObject } from "./json";

/** Thrown when what the server keeps can't be read as a definition. */
export class UnreadableDefinition extends Error {
  constructor(cause?: unknown) {
    super("The stored definition is not a YAML object; export it and import it again.", { cause });
    this.name = "UnreadableDefinition";
  }
}

/** The document of a definition file; the icon travels beside the file, as data. */
export function documentOf(yaml: string, icon: Json | undefined): JsonObject {
  let read: unknown;
  try {
    read = parse(yaml, { maxAliasCount: 1000 });
  } catch (cause) {
    throw new UnreadableDefinition(cause);
  }
  // Through JSON: shared anchors become values of their own, as the forms need them.
  const value = JSON.parse(JSON.stringify(read ?? null)) as Json;
  if (!isObject(value)) throw new UnreadableDefinition();
  const { icon: path, ...definition } = value;
  return icon === undefined || icon === null ? definition : { ...definition, icon };
}

/** The definition file of a document. */
export function textOf(document: JsonObject): string {
  return stringify(fileOf(document), { lineWidth: 0 });
}

/** What the server is asked to check: the file without its icon, as JSON. */
export function checkedText(document: JsonObject): string {
  return JSON.stringify(fileOf(document));
}

function fileOf(document: JsonObject): JsonObject {
  const { icon, ...file } = document;
  return file;
}

/** Members of the JSON form that the definition file has too, or that the server alone decides. */
const known = new Set(
  [
    "Id",
    "UniqueIdentifier",
    "Name",
    "Slug",
    "Version",
    "Description",
    "Categories",
    "Status",
    "Release",
    "ReleaseStatus",
    "ReleaseVersionMajor",
    "ReleaseVersionMinor",
    "Icon",
    "Guide",
    "Homepage",
    "Billable",
    "Utility",
    "RequiresIpAllowlist",
    "AllowedHosts",
    "Authentication",
    "AuthType",
    "OAuth2Type",
    "AuthScheme",
    "Parameters",
    "RateLimits",
    "Paging",
    "PagedInbound",
    "PagedOutbound",
    "PageSizeInbound",
    "PageSizeOutbound",
    "PagedOutboundLocation",
    "MaxPages",
    "AllowCrossOrigin",
    "PostInstallPropertyLookup",
    "PostInstallTestAuth",
    "PostInstallPropertyValueLookupMethod",
    "PostInstallTestAuthMethod",
    "PartnerWebhook",
    "Triggers",
    "MethodCategories",
    "Methods",
    "Script",
    "ScriptFile",
    "CreatedOnUtc",
    "UpdatedOnUtc",
  ].map((name) => name.toLowerCase()),
);

/** What to store: the definition in the JSON form, its icon, and members of others that we only keep. */
export function storable(stored: Record<string, unknown>, definition: Record<string, unknown>, document: JsonObject): Record<string, unknown> {
  const kept = Object.entries(stored).filter(([name]) => !known.has(name.toLowerCase()) && !name.startsWith("x-"));
  return { ...Object.fromEntries(kept), ...definition, Icon: document["icon"] ?? null };
}
