import "@shared/messages/en/templates";
import { UnstyledButton } from "@mantine/core";
import { IconFolder, IconFolderOpen, IconFolders } from "@tabler/icons-react";
import type { Folder } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { folderTree, type FolderNode } from "./folders";
import classes from "./Folders.module.css";

interface FolderTreeProps {
  folders: readonly Folder[];
  chosen: string | undefined;
  onChoose: (folderId: string | undefined) => void;
}

/** The folders of the library, each within the one that it is in. */
export function FolderTree({ folders, chosen, onChoose }: FolderTreeProps) {
  return (
    <nav aria-label={t("folders.title")}>
      <ul className={classes.tree}>
        <li>
          <UnstyledButton className={classes.folder} aria-current={chosen === undefined ? "true" : undefined} onClick={() => onChoose(undefined)}>
            <IconFolders size={18} aria-hidden="true" />
            {t("folders.root")}
          </UnstyledButton>
        </li>
        {folderTree(folders).map((node) => (
          <Branch key={node.folder.Id} node={node} chosen={chosen} onChoose={onChoose} />
        ))}
      </ul>
    </nav>
  );
}

function Branch({ node, chosen, onChoose }: { node: FolderNode; chosen: string | undefined; onChoose: (folderId: string) => void }) {
  const { folder, children } = node;
  const open = folder.Id === chosen;
  return (
    <li>
      <UnstyledButton className={classes.folder} aria-current={open ? "true" : undefined} onClick={() => onChoose(folder.Id)}>
        {open ? <IconFolderOpen size={18} aria-hidden="true" /> : <IconFolder size={18} aria-hidden="true" />}
        {folder.Name}
      </UnstyledButton>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.folder.Id} node={child} chosen={chosen} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </li>
  );
}
