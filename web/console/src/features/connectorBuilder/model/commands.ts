import { at, isObject, withValue, type Json, type JsonObject, type Path } from "./json";
import { renameIn, type Named } from "./references";

/** A change of the document. */
export type Command =
  | { kind: "set"; path: Path; value: Json | undefined }
  | { kind: "insert"; path: Path; index?: number; value: Json }
  | { kind: "remove"; path: Path }
  | { kind: "move"; path: Path; from: number; to: number }
  /** Gives something another name, wherever it is named. */
  | { kind: "rename"; what: Named; from: string; to: string }
  | { kind: "replace"; document: JsonObject };

/** The document after a command; the document itself is never changed. */
export function apply(document: JsonObject, command: Command): JsonObject {
  switch (command.kind) {
    case "set":
      return asDocument(withValue(document, command.path, command.value));
    case "remove":
      return asDocument(withValue(document, command.path, undefined));
    case "insert": {
      const list = listOf(document, command.path);
      return asDocument(withValue(document, command.path, list.toSpliced(command.index ?? list.length, 0, command.value)));
    }
    case "move": {
      const list = listOf(document, command.path);
      const item = list[command.from];
      if (item === undefined || command.to < 0 || command.to >= list.length) return document;
      return asDocument(withValue(document, command.path, list.toSpliced(command.from, 1).toSpliced(command.to, 0, item)));
    }
    case "rename":
      return renameIn(document, command.what, command.from, command.to);
    case "replace":
      return command.document;
  }
}

function listOf(document: JsonObject, path: Path): Json[] {
  const list = at(document, path);
  return Array.isArray(list) ? list : [];
}

function asDocument(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
