import type { MessageKey } from "@shared/messages/t";
import type { JsonObject } from "../model/json";
import type { Named } from "../model/references";

type Names<Key> = Key extends `cb.f.${infer Name}` ? Name : never;
/** A label of a form; its hint, where there is one, has the same name. */
export type FieldName = Names<MessageKey>;

/** How one member of the definition is edited. */
export type Spec = {
  member: string;
  /** The label, when it is not the member's own. */
  name?: FieldName;
  /** Blank is kept instead of taking the member away, so that its absence is told at the field. */
  required?: boolean;
  /** Only asked for when this holds of the object it belongs to. */
  when?: (owner: JsonObject) => boolean;
} & (
  | { kind: "text" | "code" | "area" | "integer" | "number" | "switch" | "onByDefault" | "inherited" | "strings" | "map" | "values" | "spaced" }
  | { kind: "choice"; options: readonly string[]; blank?: FieldName }
  | { kind: "reference"; to: Named }
  | { kind: "references"; to: Named }
  | { kind: "group"; specs: readonly Spec[]; optional?: boolean }
  | { kind: "list"; specs: readonly Spec[]; title: string; fresh: JsonObject; noun: MessageKey }
);
