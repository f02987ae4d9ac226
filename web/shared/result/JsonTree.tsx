import "@shared/messages/en/accountConnectors";
import { ActionIcon, Button, CopyButton, Group, UnstyledButton } from "@mantine/core";
import { IconCheck, IconChevronRight, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { isRecord, rawText, type Json } from "./shape";
import classes from "./Result.module.css";

/** Members drawn at once; more are a press away. */
const batch = 100;

/** How deep the tree is open at first. */
const openDepth = 2;

/** A JSON value that folds; each value can be copied. */
export function JsonTree({ value }: { value: Json }) {
  // Unfolding or folding everything is a new tree with another depth.
  const [depth, setDepth] = useState({ open: openDepth, version: 0 });
  const redraw = (open: number) => setDepth(({ version }) => ({ open, version: version + 1 }));
  return (
    <div>
      <Group gap="xs" mb={6}>
        <Button size="compact-sm" variant="subtle" onClick={() => redraw(Number.POSITIVE_INFINITY)}>
          {t("test.expandAll")}
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={() => redraw(1)}>
          {t("test.collapseAll")}
        </Button>
      </Group>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.tree} tabIndex={0} role="region" aria-label={t("test.treeLabel")}>
        <ul key={depth.version}>
          <Node name={undefined} value={value} path="" depth={0} openDepth={depth.open} />
        </ul>
      </div>
    </div>
  );
}

interface NodeProps {
  name: string | undefined;
  value: Json;
  path: string;
  depth: number;
  openDepth: number;
}

function Node({ name, value, path, depth, openDepth: openUntil }: NodeProps) {
  const [open, setOpen] = useState(depth < openUntil);
  const [shown, setShown] = useState(batch);
  const members = membersOf(value);
  const label = name === undefined ? null : <span className={classes.name}>{name}</span>;

  if (members === undefined) {
    return (
      <li className={classes.node}>
        <span className={classes.leaf}>
          {label}
          <Leaf value={value} />
        </span>
        <CopyValue value={value} path={path} />
      </li>
    );
  }
  const summary = Array.isArray(value) ? t("test.items", { count: members.length }) : t("test.properties", { count: members.length });
  return (
    <li>
      <div className={classes.node}>
        <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
          <IconChevronRight size={14} aria-hidden="true" className={classes.chevron} />
          {label}
          <span className={classes.nested}>{summary}</span>
        </UnstyledButton>
        <CopyValue value={value} path={path} />
      </div>
      {open && members.length > 0 && (
        <ul>
          {members.slice(0, shown).map(([member, child]) => (
            <Node
              key={member}
              name={member}
              value={child}
              path={path === "" ? member : `${path}.${member}`}
              depth={depth + 1}
              openDepth={openUntil}
            />
          ))}
          {members.length > shown && (
            <li>
              <Button size="compact-sm" variant="subtle" onClick={() => setShown(shown + batch)}>
                {t("test.more", { count: Math.min(batch, members.length - shown) })}
              </Button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function membersOf(value: Json): [string, Json][] | undefined {
  if (Array.isArray(value)) return value.map((member, index) => [String(index), member]);
  return isRecord(value) ? Object.entries(value) : undefined;
}

function Leaf({ value }: { value: Json }) {
  if (typeof value === "object") return <span className={classes.word}>null</span>;
  if (typeof value === "string") return <span className={classes.text}>{JSON.stringify(value)}</span>;
  if (typeof value === "number") return <span className={classes.number}>{String(value)}</span>;
  return <span className={classes.word}>{String(value)}</span>;
}

function CopyValue({ value, path }: { value: Json; path: string }) {
  return (
    <CopyButton value={rawText(value)}>
      {({ copied, copy }) => (
        <ActionIcon
          className={classes.copy}
          variant="subtle"
          color="gray"
          size={24}
          onClick={copy}
          aria-label={copied ? t("copy.done") : t("test.copyValue", { path: path === "" ? t("test.result") : path })}
        >
          {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}
