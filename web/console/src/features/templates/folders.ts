import type { Folder, Template } from "@shared/api/types";

/** A folder with those in it. */
export interface FolderNode {
  folder: Folder;
  children: FolderNode[];
}

/** The folders as a tree, by name; one whose parent is unknown stands at the root. */
export function folderTree(folders: readonly Folder[]): FolderNode[] {
  const known = new Set(folders.map((folder) => folder.Id));
  const within = (parent: string | undefined): FolderNode[] =>
    folders
      .filter((folder) => parentOf(folder, known) === parent)
      .sort((left, right) => left.Name.localeCompare(right.Name))
      .map((folder) => ({ folder, children: within(folder.Id) }));
  return within(undefined);
}

function parentOf(folder: Folder, known: ReadonlySet<string>): string | undefined {
  const parent = folder.ParentId ?? undefined;
  return parent !== undefined && known.has(parent) ? parent : undefined;
}

/** The way from the root to a folder, the folder included. */
export function pathTo(folders: readonly Folder[], id: string | undefined): Folder[] {
  const path: Folder[] = [];
  for (let at = folders.find((folder) => folder.Id === id); at !== undefined && !path.includes(at); ) {
    path.unshift(at);
    const parent = at.ParentId;
    at = folders.find((folder) => folder.Id === parent);
  }
  return path;
}

/** Folders as choices of a select, each by its whole path. A folder and what is in it can be left out. */
export function folderChoices(folders: readonly Folder[], without?: string): { value: string; label: string }[] {
  return folders
    .map((folder) => ({ folder, path: pathTo(folders, folder.Id) }))
    .filter(({ path }) => !path.some((folder) => folder.Id === without))
    .map(({ folder, path }) => ({ value: folder.Id, label: path.map((each) => each.Name).join(" / ") }))
    .sort((left, right) => left.label.localeCompare(right.label));
}

/** The templates of one folder; those of a folder that is gone are at the root. */
export function templatesIn(templates: readonly Template[], folders: readonly Folder[], folder: string | undefined): Template[] {
  const known = new Set(folders.map((each) => each.Id));
  return templates.filter((template) => {
    const at = template.FolderId ?? undefined;
    return (at !== undefined && known.has(at) ? at : undefined) === folder;
  });
}
