/** The LESS variable that gives buttons, links and marks their colour. */
export const primaryVariable = "brand-primary";

/** The LESS variable that colours the top bar. */
export const barVariable = "navbar-default-bg";

/** The value of a variable in LESS text, `@name: value;`; the last one wins, as in LESS. */
export function readVariable(less: string | null | undefined, name: string): string | undefined {
  let value: string | undefined;
  for (const match of (less ?? "").matchAll(declaration(name))) value = match[1]?.trim();
  return value === "" ? undefined : value;
}

/** The text with a variable set, or without it when there is no value; all else stays as it was. */
export function writeVariable(less: string | null | undefined, name: string, value: string | undefined): string {
  const kept = (less ?? "").replace(declaration(name), "").replace(/\n{3,}/g, "\n\n").trim();
  if (value === undefined) return kept;
  return kept === "" ? `@${name}: ${value};` : `${kept}\n@${name}: ${value};`;
}

function declaration(name: string): RegExp {
  return new RegExp(`^[ \\t]*@${name}[ \\t]*:([^;\\n]*);?[ \\t]*$`, "gm");
}
