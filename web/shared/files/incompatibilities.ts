import { ApiError } from "@shared/api/error";

/** The code of a refusal that lists what in a document can't be taken. */
const incompatible = "import.incompatible";

/** What in an imported document could not be taken, each in a sentence; nothing where that was not the reason. */
export function incompatibilitiesOf(error: Error | null): string[] {
  if (!(error instanceof ApiError) || error.code !== incompatible) return [];
  // One sentence for all: "The document can't be imported: step 'A', method …: reason; step 'B': reason."
  const listed = error.message.replace(/^[^:]*:\s*/, "").replace(/\.$/, "");
  return listed
    .split("; ")
    .filter((part) => part !== "")
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`);
}
