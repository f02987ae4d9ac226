import type { TextName } from "./en";
import { shellMessages } from "./en/shell";
import { signInMessages } from "./en/signIn";

/** Names a text of the catalogue. */
export type MessageKey = TextName;

type Message = string | { readonly one: string; readonly other: string };

const catalogue: Record<string, Message> = { ...shellMessages, ...signInMessages };

/** Adds texts; a file that shows them imports the module that calls this. */
export function addMessages(messages: Readonly<Record<string, Message>>): void {
  Object.assign(catalogue, messages);
}

type Values = Record<string, string | number>;

/** Whether the catalogue has a text of this name. */
export function hasText(key: string): key is MessageKey {
  return Object.hasOwn(catalogue, key);
}

const plural = new Intl.PluralRules("en");

/**
 * The text for a key, with `{name}` replaced by the value of that name. A text with forms is chosen
 * by `count`.
 */
export function t(key: MessageKey, values: Values = {}): string {
  const message = catalogue[key];
  if (message === undefined) throw new Error(`The texts of this page are not loaded: ${key}`);
  const text =
    typeof message === "string"
      ? message
      : message[plural.select(Number(values["count"])) === "one" ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? formatNumber(value) : value;
  });
}

const numbers = new Intl.NumberFormat(undefined);

/** A number the way this browser's locale writes it. */
export function formatNumber(value: number): string {
  return numbers.format(value);
}
