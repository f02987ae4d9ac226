import { addMessages } from "../t";

/** Documents that are taken away as files and brought back, and work on many things at once. */
export const fileMessages = {
  "files.choose": "Choose a file",
  "files.required": "Choose a file first.",
  "files.tooLarge": "The file must be smaller than {limit} MiB.",
  "files.notJson": "This file is not JSON.",
  "files.importAction": "Import",
  "files.importFailed": "Not imported",
  "files.incompatible": { one: "One thing in the file can’t be taken. Nothing was imported.", other: "{count} things in the file can’t be taken. Nothing was imported." },

  "bulk.progress": "{done} of {total}",
  "bulk.working": "Working …",
  "bulk.stop": "Stop",
  "bulk.done": { one: "{count} done", other: "{count} done" },
  "bulk.failed": { one: "{count} failed", other: "{count} failed" },
  "bulk.left": { one: "{count} was not begun", other: "{count} were not begun" },
} as const;

addMessages(fileMessages);
