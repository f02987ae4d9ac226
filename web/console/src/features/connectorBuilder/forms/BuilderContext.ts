import { createContext, useContext, useSyncExternalStore } from "react";
import type { DefinitionFault } from "@shared/api/types";
import { at, type Json, type JsonObject, type Path } from "../model/json";
import type { BuilderStore, Snapshot } from "../model/store";

/** Leads to a place of the document. */
export interface Reveal {
  pointer: string;
  /** Grows, so that the same place can be led to again. */
  count: number;
}

/** What every form of the builder shares. */
export interface Builder {
  store: BuilderStore;
  /** Whether the role may change anything. */
  editable: boolean;
  faults: readonly DefinitionFault[];
  reveal: Reveal | undefined;
}

export const BuilderContext = createContext<Builder | null>(null);

export function useBuilder(): Builder {
  const builder = useContext(BuilderContext);
  if (builder === null) throw new Error("forms of the builder stand inside it");
  return builder;
}

/** The document as it is now, with what can be undone. */
export function useSnapshot(): Snapshot {
  const { store } = useBuilder();
  return useSyncExternalStore(store.subscribe, store.read);
}

export function useDocument(): JsonObject {
  return useSnapshot().document;
}

/** What stands at a place. */
export function useAt(path: Path): Json | undefined {
  return at(useDocument(), path);
}

/** Messages of the faults at a place; with `within`, of those inside it too. */
export function useFaults(pointer: string, within = false): string[] {
  const { faults } = useBuilder();
  return faults.filter((fault) => fault.Pointer === pointer || (within && fault.Pointer.startsWith(`${pointer}/`))).map((fault) => fault.Message);
}

/** Whether something at a place, or inside it, keeps the definition from being stored; warnings don't. */
export function useIsFaulty(pointer: string): boolean {
  const { faults } = useBuilder();
  return faults.some((fault) => fault.Severity === "Error" && (fault.Pointer === pointer || fault.Pointer.startsWith(`${pointer}/`)));
}

/** The id of the input that edits a place. */
export function fieldId(pointer: string): string {
  return `at:${pointer}`;
}
