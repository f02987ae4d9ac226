import { createElement, type ReactNode } from "react";
import classes from "./RichText.module.css";

/** Elements that a text may consist of; others are replaced by what stands inside them. */
const allowed = new Set([
  "a", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
  "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th",
  "thead", "tr", "ul",
]);

/** Elements that are dropped with all they contain. */
const dropped = new Set(["script", "style", "template", "iframe", "object", "embed", "form", "svg", "math", "noscript"]);

const empty = new Set(["br", "hr", "img"]);

/**
 * Formatted text from the server. It comes sanitised; it is still rebuilt from known elements here,
 * so that a gap on one side is not a gap in both.
 */
export function RichText({ html }: { html: string }) {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  return <div className={classes.text}>{childrenOf(body)}</div>;
}

function childrenOf(node: Node): ReactNode[] {
  return [...node.childNodes].map((child, index) => toReact(child, index));
}

function toReact(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element)) return null;
  const name = node.localName;
  if (dropped.has(name)) return null;
  if (!allowed.has(name)) return childrenOf(node);
  const attributes = { key, ...attributesOf(node) };
  if (empty.has(name)) return createElement(name, attributes);
  // The page has its own first heading.
  const tag = /^h[1-5]$/.test(name) ? `h${Number(name.slice(1)) + 1}` : name;
  return createElement(tag, attributes, ...childrenOf(node));
}

function attributesOf(element: Element): Record<string, string> {
  if (element.localName === "a") {
    const href = element.getAttribute("href") ?? "";
    return /^(https?:|mailto:|\/|#)/i.test(href) ? { href, target: "_blank", rel: "noreferrer" } : {};
  }
  if (element.localName === "img") {
    const src = element.getAttribute("src") ?? "";
    return { alt: element.getAttribute("alt") ?? "", ...(/^(data:image\/|\/)/i.test(src) ? { src } : {}) };
  }
  return {};
}
