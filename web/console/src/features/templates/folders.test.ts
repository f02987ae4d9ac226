import { expect, test } from "vitest";
import type { Folder, Template } from "@shared/api/types";
import { folderChoices, folderTree, pathTo, templatesIn } from "./folders";

const folders: Folder[] = [
  { Id: "crm", Name: "CRM" },
  { Id: "mail", Name: "Mail", ParentId: "crm" },
  { Id: "accounting", Name: "Accounting" },
  { Id: "lost", Name: "Lost", ParentId: "gone" },
];

test("folders form a tree by name, and a lost one stands at the root", () => {
  expect(folderTree(folders).map(({ folder, children }) => [folder.Name, children.map((child) => child.folder.Name)])).toEqual([
    ["Accounting", []],
    ["CRM", ["Mail"]],
    ["Lost", []],
  ]);
});

test("a folder is reached by a path", () => {
  expect(pathTo(folders, "mail").map((folder) => folder.Name)).toEqual(["CRM", "Mail"]);
  expect(pathTo(folders, undefined)).toEqual([]);
});

test("a folder can't be moved into itself or what is in it", () => {
  expect(folderChoices(folders, "crm").map((choice) => choice.label)).toEqual(["Accounting", "Lost"]);
  expect(folderChoices(folders).map((choice) => choice.label)).toContain("CRM / Mail");
});

test("templates of a folder that is gone are found at the root", () => {
  const template = (Id: string, FolderId: string | null) => ({ Id, FolderId }) as Template;
  const templates = [template("a", "crm"), template("b", null), template("c", "gone")];

  expect(templatesIn(templates, folders, undefined).map(({ Id }) => Id)).toEqual(["b", "c"]);
  expect(templatesIn(templates, folders, "crm").map(({ Id }) => Id)).toEqual(["a"]);
});
