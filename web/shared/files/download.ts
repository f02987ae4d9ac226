/** Offers a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Offers a document to the person as a JSON file. */
export function downloadJson(name: string, document: unknown): void {
  download(name, "application/json", typeof document === "string" ? document : JSON.stringify(document, null, 2));
}

/** A file name made of the name of what is in the file; `otherwise` where that has no letter of ours. */
export function fileName(of: string, extension: "json" | "yaml", otherwise: string): string {
  const slug = of
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${slug === "" ? otherwise : slug}.${extension}`;
}
