import "@shared/messages/en/templates";
import type { IntegrationExport } from "@shared/api/types";
import type { Change } from "@shared/connector/Changes";
import { t, type MessageKey } from "@shared/messages/t";

/** A JSON object of a document, whose members the API document does not name. */
type Part = Record<string, unknown>;

/** What is told of a whole integration. */
const settings = [
  "CycleStepErrorAction",
  "MaxRetriesOnError",
  "CycleCollectionSplitType",
  "LogStepDataRequests",
  "ProcessInOrder",
  "StepDataSuccessRetentionHours",
  "StepDataErroredRetentionHours",
] as const;

/** What is told of a step, beside its name, its method and its mappings. */
const stepParts = [
  "Description",
  "Decision",
  "Delay",
  "WaitUntil",
  "AnnotationText",
  "Script",
  "StepErrorAction",
  "CollectionSplitType",
  "UseExternalAuthentication",
  "OnUncertain",
  "CollectionKeys",
  "WebhookMapping",
] as const;

/** What becomes different for who moves from one release of a template to another, in sentences. */
export function differences(from: IntegrationExport, to: IntegrationExport): Change[] {
  const before = new Integration(from);
  const after = new Integration(to);
  return [...settingChanges(from, to), ...variableChanges(before, after), ...stepChanges(before, after), ...edgeChanges(before, after)];
}

/** A document whose steps are known by what stays the same over all releases. */
class Integration {
  /** Steps by lineage. */
  readonly steps: ReadonlyMap<string, Part>;
  readonly variables: ReadonlyMap<string, Part>;
  readonly edges: readonly Part[];
  private readonly lineage: ReadonlyMap<string, string>;

  constructor(document: IntegrationExport) {
    const steps = partsOf(document.Steps);
    // A copied step remembers the one that it was first copied from.
    this.lineage = new Map(steps.map((step) => [text(step["Id"]), text(step["OriginId"]) || text(step["Id"])]));
    this.steps = new Map(steps.map((step) => [this.of(step["Id"]), step]));
    this.variables = new Map(partsOf(document.Variables).map((variable) => [text(variable["SystemName"]), variable]));
    this.edges = partsOf(document.Edges);
  }

  /** What stays the same of the step that has this id in the document. */
  of(id: unknown): string {
    return this.lineage.get(text(id)) ?? text(id);
  }

  nameOf(id: unknown): string {
    return text(this.steps.get(this.of(id))?.["Name"]);
  }

  /** A value in which steps are named by what stays the same, to be compared. */
  comparable(value: unknown): unknown {
    if (typeof value === "string") return [...this.lineage].reduce((all, [id, lineage]) => all.replaceAll(id, lineage), value);
    if (Array.isArray(value)) return value.map((member) => this.comparable(member));
    if (isPart(value)) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.comparable(member)]));
    return value ?? null;
  }
}

function settingChanges(from: Part, to: Part): Change[] {
  return settings.flatMap((name) => {
    if (same(from[name] ?? null, to[name] ?? null)) return [];
    const values = { name: t(`difference.setting.${name}`), from: settingWord(name, from[name]), to: settingWord(name, to[name]) };
    return [changed("Changed", undefined, t("difference.setting", values))];
  });
}

const settingWords: Partial<Record<(typeof settings)[number], string>> = {
  CycleStepErrorAction: "difference.onError",
  CycleCollectionSplitType: "difference.splitting",
};

function settingWord(name: (typeof settings)[number], value: unknown): string {
  const words = settingWords[name];
  if (words !== undefined && typeof value === "number" && value >= 0 && value <= 3) return t(`${words}.${value}` as MessageKey);
  return shown(value);
}

function variableChanges(before: Integration, after: Integration): Change[] {
  const changes: Change[] = [];
  for (const [name, variable] of after.variables) {
    const former = before.variables.get(name);
    const label = text(variable["DisplayName"]) || name;
    if (former === undefined) changes.push(changed("Added", undefined, t("difference.variable", { name: label })));
    else if (!same(former["Value"], variable["Value"]) && variable["IsLaunchVisible"] !== true) {
      const values = { name: label, from: shown(former["Value"]), to: shown(variable["Value"]) };
      changes.push(changed("Changed", undefined, t("difference.variableValue", values)));
    } else if (!same({ ...former, Value: null }, { ...variable, Value: null })) {
      changes.push(changed("Changed", undefined, t("difference.variable", { name: label })));
    }
  }
  for (const [name, variable] of before.variables) {
    if (!after.variables.has(name)) changes.push(changed("Removed", undefined, t("difference.variable", { name: text(variable["DisplayName"]) || name })));
  }
  return changes;
}

function stepChanges(before: Integration, after: Integration): Change[] {
  const changes: Change[] = [];
  for (const [lineage, step] of after.steps) {
    const former = before.steps.get(lineage);
    const name = text(step["Name"]);
    if (former === undefined) changes.push(changed("Added", name, t("difference.step", { step: name })));
    else changes.push(...changesOfStep({ before, after, former, step, name }));
  }
  for (const [lineage, step] of before.steps) {
    if (after.steps.has(lineage)) continue;
    const name = text(step["Name"]);
    changes.push(changed("Removed", name, t("difference.step", { step: name })));
  }
  return changes;
}

interface Pair {
  before: Integration;
  after: Integration;
  former: Part;
  step: Part;
  name: string;
}

function changesOfStep({ before, after, former, step, name }: Pair): Change[] {
  const changes: Change[] = [];
  const tell = (what: string) => changes.push(changed("Changed", name, what));
  if (!same(former["Name"], step["Name"])) tell(t("difference.renamed", { from: shown(former["Name"]), to: shown(name) }));
  const isOtherMethod = !same(former["MethodUniqueIdentifier"], step["MethodUniqueIdentifier"]);
  if (isOtherMethod) tell(t("difference.method", { from: shown(former["MethodName"]), to: shown(step["MethodName"]) }));
  const [from, to] = [connectorOf(former), connectorOf(step)];
  if (from !== to) tell(t("difference.connector", { from, to }));
  for (const part of stepParts) {
    if (!same(before.comparable(former[part]), after.comparable(step[part]))) tell(t(`difference.part.${part}`));
  }
  for (const [list, key] of [
    ["ParameterMappings", "TargetName"],
    ["FieldMappings", "Location"],
  ] as const) {
    // Another method takes other values; it is set up anew.
    const old = isOtherMethod ? new Map<string, Part>() : byName(former[list], key);
    changes.push(...mappingChanges({ before, after, old, now: byName(step[list], key), name }));
  }
  return changes;
}

interface Mappings {
  before: Integration;
  after: Integration;
  old: ReadonlyMap<string, Part>;
  now: ReadonlyMap<string, Part>;
  name: string;
}

function mappingChanges({ before, after, old, now, name }: Mappings): Change[] {
  const changes: Change[] = [];
  for (const [field, mapping] of now) {
    const former = old.get(field);
    const to = sourceWords(after, mapping);
    if (mapping["IsLaunchVisible"] === true) {
      // What customers set is theirs; only a new question is news.
      if (former?.["IsLaunchVisible"] !== true) changes.push(changed("Added", name, t("difference.asked", { field })));
    } else if (former === undefined) {
      if (isMapped(mapping)) changes.push(changed("Added", name, t("difference.mappingAdded", { field, to })));
    } else if (!same(before.comparable(sourceOf(former)), after.comparable(sourceOf(mapping)))) {
      changes.push(changed("Changed", name, t("difference.mapping", { field, from: sourceWords(before, former), to })));
    }
  }
  for (const [field, mapping] of old) {
    if (!now.has(field) && isMapped(mapping)) {
      changes.push(changed("Removed", name, t("difference.mappingRemoved", { field, from: sourceWords(before, mapping) })));
    }
  }
  return changes;
}

function edgeChanges(before: Integration, after: Integration): Change[] {
  const keyed = (of: Integration) =>
    new Map(of.edges.map((edge) => [`${of.of(edge["TailStep_Id"])}/${text(edge["CycleEdgeType"])}/${of.of(edge["HeadStep_Id"])}`, edge]));
  const words = (of: Integration, edge: Part) =>
    t("difference.edge", { from: of.nameOf(edge["TailStep_Id"]), to: of.nameOf(edge["HeadStep_Id"]), exit: exitWord(edge["CycleEdgeType"]) });
  const [old, now] = [keyed(before), keyed(after)];
  return [
    ...[...now].filter(([key]) => !old.has(key)).map(([, edge]) => changed("Added", undefined, words(after, edge))),
    ...[...old].filter(([key]) => !now.has(key)).map(([, edge]) => changed("Removed", undefined, words(before, edge))),
  ];
}

/** Exits by the numbers and by the words that documents have. */
function exitWord(exit: unknown): string {
  const word = text(exit);
  return word === "" || word === "0" || word === "Forward" ? "Next" : word === "1" ? "True" : word === "2" ? "False" : word;
}

/** What a mapping takes, without what is only told of it. */
function sourceOf({ IsLaunchVisible: _, Suggested: __, ...source }: Part): Part {
  return source;
}

function isMapped(mapping: Part): boolean {
  const type = text(mapping["MappingType"]);
  return type !== "" && type !== "Ignore";
}

function sourceWords(of: Integration, mapping: Part): string {
  switch (text(mapping["MappingType"])) {
    case "":
      return t("difference.blank");
    case "Ignore":
      return t("difference.ignored");
    case "PreviousStep":
      return t("difference.fromStep", { field: text(mapping["SourceLocation"]), step: of.nameOf(mapping["SourceStepId"]) });
    case "Lookup":
      return t("difference.lookedUp", { label: text(mapping["TriggerValueDisplayName"]) || shown(mapping["TriggerValue"]) });
    case "Variable":
      return t("difference.ofVariable", { name: text(mapping["VariableName"]) });
    default:
      return shown(mapping["Value"]);
  }
}

function connectorOf(step: Part): string {
  const connector = step["Connector"];
  if (!isPart(connector)) return t("difference.nothing");
  return [connector["Name"], connector["Version"], connector["Release"]].map(text).filter(Boolean).join(" ");
}

function byName(list: unknown, key: string): ReadonlyMap<string, Part> {
  return new Map(partsOf(list).map((part) => [text(part[key]), part]));
}

function changed(what: Change["Change"], step: string | undefined, words: string): Change {
  return { Change: what, Text: words, ...(step === undefined ? {} : { Method: step }) };
}

/** Longest value told in a sentence; more says no more. */
const longest = 60;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("difference.nothing");
  const words = plain(value) ?? (typeof value === "object" ? JSON.stringify(value) : `“${text(value)}”`);
  return words.length > longest ? `${words.slice(0, longest)}…` : words;
}

function plain(value: unknown): string | undefined {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return typeof value === "number" ? String(value) : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function partsOf(list: unknown): Part[] {
  return Array.isArray(list) ? list.filter(isPart) : [];
}

function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** The text of a value, the same in whatever order its members stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, member: unknown) =>
    isPart(member) ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => left.localeCompare(right))) : member,
  );
}
