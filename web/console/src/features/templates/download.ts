/** Offers a document to the person as a file named after what it is of. */
export function downloadJson(name: string, text: string): void {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${slug === "" ? "template" : slug}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
