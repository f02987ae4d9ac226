import { useEffect } from "react";
import type { BuilderStore } from "./model/store";

/** Ctrl+Z and Shift+Ctrl+Z; a text that is being typed undoes by itself. */
export function useUndoKeys(store: BuilderStore) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
      const target = event.target;
      if (target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea"))) return;
      event.preventDefault();
      if (event.shiftKey) store.redo();
      else store.undo();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [store]);
}
