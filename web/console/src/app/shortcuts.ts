import { useEffect, useRef, useState } from "react";

/** What a key press means, given the one before it. */
export type Shortcut = { kind: "search" } | { kind: "help" } | { kind: "go"; key: string } | { kind: "await" };

/** The parts of a keyboard event that matter here. */
export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Reads a key press. Single letters count only outside of text fields, and only when wanted. */
export function readShortcut(press: Press, context: { typing: boolean; singleLetters: boolean; afterG: boolean }): Shortcut | undefined {
  if ((press.ctrlKey || press.metaKey) && press.key.toLowerCase() === "k") return { kind: "search" };
  if (press.ctrlKey || press.metaKey || press.altKey || context.typing || !context.singleLetters) return undefined;
  if (context.afterG) return { kind: "go", key: press.key.toLowerCase() };
  switch (press.key) {
    case "/":
      return { kind: "search" };
    case "?":
      return { kind: "help" };
    case "g":
      return { kind: "await" };
    default:
      return undefined;
  }
}

/** How long `g` waits for its letter. */
const awaitLetter = 1500;

/** Listens for shortcuts on the whole page. */
export function useShortcuts(singleLetters: boolean, onShortcut: (shortcut: Shortcut) => void) {
  const pressedG = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const shortcut = readShortcut(event, {
        typing: isTyping(event.target),
        singleLetters,
        afterG: event.timeStamp - pressedG.current < awaitLetter,
      });
      pressedG.current = shortcut?.kind === "await" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (shortcut === undefined) return;
      if (shortcut.kind === "search" || shortcut.kind === "help") event.preventDefault();
      onShortcut(shortcut);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [singleLetters, onShortcut]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.closest("[role=dialog],[role=menu]") !== null)
  );
}

const storageKey = "velodrome.single-letter-keys";

/** Whether single-letter keys are on, remembered in this browser. */
export function useSingleLetters(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => window.localStorage.getItem(storageKey) !== "off");
  const change = (next: boolean) => {
    window.localStorage.setItem(storageKey, next ? "on" : "off");
    setOn(next);
  };
  return [on, change];
}
