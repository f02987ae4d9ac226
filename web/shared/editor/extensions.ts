import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  snippetCompletion,
  type Completion,
  type CompletionSource,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import type { Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { EditorWord, Language } from "./types";

/** What every editor can do. Tab is left alone, so that the keyboard gets out. */
export function basics(): Extension {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    syntaxHighlighting(colours),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
  ];
}

/** Highlighting and completion of a language, which is loaded when a text is written in it. */
export async function languageSupport(language: Language, words: readonly EditorWord[]): Promise<Extension> {
  switch (language) {
    case "javascript": {
      const { javascript, javascriptLanguage } = await import("@codemirror/lang-javascript");
      return [javascript(), words.length === 0 ? [] : javascriptLanguage.data.of({ autocomplete: sourceOf(words) })];
    }
    case "json":
      return (await import("@codemirror/lang-json")).json();
    case "yaml":
      return (await import("@codemirror/lang-yaml")).yaml();
    case "html":
      return (await import("@codemirror/lang-html")).html();
    case "text":
      return [];
  }
}

/** Offers the words besides what the language itself offers. */
function sourceOf(words: readonly EditorWord[]): CompletionSource {
  const options = words.map(completionOf);
  return (context) => {
    const word = context.matchBefore(/[\w$]+/);
    if (word === null && !context.explicit) return null;
    // Members of something else have other names.
    const from = word?.from ?? context.pos;
    if (context.state.sliceDoc(Math.max(0, from - 1), from) === ".") return null;
    return { from, options, validFor: /^[\w$]*$/ };
  };
}

function completionOf(word: EditorWord): Completion {
  const completion: Completion = {
    label: word.label,
    type: word.kind,
    ...(word.detail === undefined ? {} : { detail: word.detail }),
    ...(word.info === undefined ? {} : { info: word.info }),
  };
  return word.snippet === undefined ? completion : snippetCompletion(word.snippet, completion);
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.moduleKeyword], color: "light-dark(#8a2a8a, #dba3e0)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "light-dark(#1a6b3c, #8fd6a8)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "light-dark(#9a4a08, #f0b27a)" },
  { tag: [tags.comment, tags.meta], color: "var(--v-ink-soft)", fontStyle: "italic" },
  { tag: [tags.propertyName, tags.attributeName, tags.definition(tags.propertyName)], color: "light-dark(#1259a3, #8ec2f2)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.tagName], color: "light-dark(#0c5f6e, #7fd3e0)" },
]);

/** Sizes and colours, in either theme by the page's own variables. */
export function appearance(minHeight: number, maxHeight: number | string): Extension {
  const highest = typeof maxHeight === "number" ? `${maxHeight}px` : maxHeight;
  return EditorView.theme({
    "&": { color: "var(--v-ink)", backgroundColor: "var(--v-surface)", fontSize: "0.8125rem" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": {
      fontFamily: "var(--mantine-font-family-monospace)",
      lineHeight: "1.55",
      minHeight: `${minHeight}px`,
      maxHeight: highest,
      overflow: "auto",
    },
    ".cm-content": { caretColor: "var(--v-ink)", padding: "8px 0" },
    ".cm-cursor": { borderLeftColor: "var(--v-ink)" },
    ".cm-gutters": { backgroundColor: "var(--v-bg)", color: "var(--v-ink-soft)", borderRight: "1px solid var(--v-line)" },
    ".cm-activeLine": { backgroundColor: "transparent" },
    "&.cm-focused .cm-activeLine": { backgroundColor: "light-dark(rgb(18 89 163 / 6%), rgb(142 194 242 / 8%))" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "light-dark(#cfe0f2, #2b4560)",
    },
    ".cm-tooltip": {
      backgroundColor: "var(--v-surface)",
      color: "var(--v-ink)",
      border: "1px solid var(--v-line-strong)",
      borderRadius: "6px",
    },
    ".cm-tooltip-autocomplete ul li[aria-selected]": {
      backgroundColor: "var(--mantine-primary-color-filled)",
      color: "var(--mantine-primary-color-contrast)",
    },
    ".cm-panels": { backgroundColor: "var(--v-bg)", color: "var(--v-ink)" },
    ".cm-panels button, .cm-panels input": { backgroundImage: "none", backgroundColor: "var(--v-surface)", color: "var(--v-ink)" },
    ".cm-foldPlaceholder": { backgroundColor: "var(--v-bg)", color: "var(--v-ink-soft)", borderColor: "var(--v-line)" },
  });
}
