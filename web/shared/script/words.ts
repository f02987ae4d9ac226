import type { EditorWord } from "@shared/editor/types";
import { t } from "@shared/messages/t";
import { commonGlobals, globalsOf, scriptEvents, type ScriptEvent } from "./events";

const functions: [name: string, signature: string, kind: "http" | "text" | "storage"][] = [
  ["http_request", "({method, url, parameters, headers, data, timeout})", "http"],
  ["btoa", "(text, charset)", "text"],
  ["atob", "(base64, charset)", "text"],
  ["cyclr_sign", "(algorithm, key, value, encoding)", "text"],
  ["cyclr_csv_parse", "(csv, delimiter, hasHeader)", "text"],
  ["cyclr_csv_serialize", "(array, delimiter, hasHeader)", "text"],
  ["cyclr_xml_serialize", "(object)", "text"],
  ["cyclr_xml_deserialize", "(text)", "text"],
  ...["cyclr_storage", "cycle_storage"].flatMap((store): [string, string, "storage"][] => [
    [`${store}_set`, "(key, value)", "storage"],
    [`${store}_get`, "(key)", "storage"],
    [`${store}_append`, "(key, value)", "storage"],
    [`${store}_increment`, "(key, amount)", "storage"],
    [`${store}_decrement`, "(key, amount)", "storage"],
    [`${store}_delete`, "(key)", "storage"],
    [`${store}_delete_all`, "()", "storage"],
    [`${store}_list_keys`, "()", "storage"],
    [`${store}_list_values`, "()", "storage"],
  ]),
];

/**
 * What an editor of scripts offers: the event's globals (those of every event when none is chosen),
 * our functions, the libraries, the exceptions, and handlers to begin with.
 */
export function scriptWords(event?: ScriptEvent, own: readonly string[] = []): EditorWord[] {
  const globals = event === undefined ? [...new Set([...scriptEvents.flatMap(globalsOf), ...commonGlobals])] : globalsOf(event);
  const names = [...new Set([...own, ...globals])];
  return [
    ...names.map((label): EditorWord => ({
      label,
      kind: "variable",
      detail: t(own.includes(label) ? "script.word.own" : "script.word.global"),
    })),
    ...functions.map(([label, detail, kind]): EditorWord => ({ label, kind: "function", detail, info: t(`script.word.${kind}`) })),
    { label: "moment", kind: "namespace", detail: t("script.word.library") },
    { label: "CryptoJS", kind: "namespace", detail: t("script.word.library") },
    { label: "AuthRefreshException", kind: "class", info: t("script.word.refresh") },
    { label: "AuthSessionException", kind: "class", info: t("script.word.session") },
    ...scriptEvents.map((name): EditorWord => ({
      label: name,
      kind: "function",
      detail: t("script.word.handler"),
      snippet: `function ${name}() {\n  \${}\n}`,
    })),
  ];
}
