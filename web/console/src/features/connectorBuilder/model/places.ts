import { pathOf, textAt, type JsonObject } from "./json";

/** Tabs of the builder, in order. */
export const tabs = ["settings", "authentication", "rateLimits", "parameters", "triggers", "methods", "script", "yaml"] as const;
export type Tab = (typeof tabs)[number];

/** Parts of a method, in order. */
export const methodParts = ["settings", "request", "response", "parameters", "rateLimits", "script", "test"] as const;
export type MethodPart = (typeof methodParts)[number];

/** Where in the builder something is edited. */
export interface Place {
  tab: Tab;
  /** Key of the method. */
  method?: string;
  part?: MethodPart;
}

const tabOf: Record<string, Tab> = {
  authentications: "authentication",
  rateLimits: "rateLimits",
  paging: "rateLimits",
  parameters: "parameters",
  triggers: "triggers",
  methods: "methods",
  script: "script",
  scriptFile: "script",
};

const partOf: Record<string, MethodPart> = {
  request: "request",
  response: "response",
  parameters: "parameters",
  paging: "rateLimits",
  rateLimit: "rateLimits",
  script: "script",
  scriptFile: "script",
};

/** The tab, and the part of a method, where what a pointer names is edited. */
export function placeOf(document: JsonObject, pointer: string): Place {
  const [first, index, member] = pathOf(pointer);
  const tab = tabOf[String(first)] ?? "settings";
  if (tab !== "methods" || typeof index !== "number") return { tab };
  return { tab, method: textAt(document, ["methods", index, "key"]), part: partOf[String(member)] ?? "settings" };
}
