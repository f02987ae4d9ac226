import { apply, type Command } from "./commands";
import type { JsonObject } from "./json";

/** As many changes as can be undone. */
const depth = 500;

/** What is on the screen of the builder. */
export interface Snapshot {
  document: JsonObject;
  canUndo: boolean;
  canRedo: boolean;
  isDirty: boolean;
}

/**
 * The document that is being edited, with what was done and undone. Changes of one group that follow
 * each other, such as typing into one field, are undone together.
 */
export class BuilderStore {
  #past: JsonObject[] = [];
  #future: JsonObject[] = [];
  #present: JsonObject;
  #saved: JsonObject;
  #group: string | undefined;
  #snapshot: Snapshot;
  readonly #listeners = new Set<() => void>();

  constructor(document: JsonObject) {
    this.#present = document;
    this.#saved = document;
    this.#snapshot = this.#look();
  }

  /** Changes the document. */
  readonly do = (command: Command, group?: string): void => {
    const next = apply(this.#present, command);
    if (next === this.#present) return;
    if (group === undefined || group !== this.#group) this.#past = [...this.#past, this.#present].slice(-depth);
    this.#group = group;
    this.#future = [];
    this.#become(next);
  };

  /** Ends a group: what follows is undone by itself. */
  readonly settle = (): void => {
    this.#group = undefined;
  };

  readonly undo = (): void => {
    const before = this.#past.at(-1);
    if (before === undefined) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.#present, ...this.#future];
    this.#group = undefined;
    this.#become(before);
  };

  readonly redo = (): void => {
    const [next, ...rest] = this.#future;
    if (next === undefined) return;
    this.#past = [...this.#past, this.#present];
    this.#future = rest;
    this.#group = undefined;
    this.#become(next);
  };

  /** Remembers that this document is stored now. */
  readonly markSaved = (document: JsonObject): void => {
    this.#saved = document;
    this.#group = undefined;
    this.#become(this.#present);
  };

  readonly read = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #become(document: JsonObject): void {
    this.#present = document;
    this.#snapshot = this.#look();
    for (const listener of this.#listeners) listener();
  }

  #look(): Snapshot {
    return {
      document: this.#present,
      canUndo: this.#past.length > 0,
      canRedo: this.#future.length > 0,
      isDirty: this.#present !== this.#saved,
    };
  }
}
