import { ActionIcon, Badge, Button, Group, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChevronRight, IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, useState, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import { listAt, pointerOf, type JsonObject, type Path } from "../model/json";
import { fieldId, useBuilder, useDocument, useIsFaulty } from "./BuilderContext";
import { Faults } from "./Faults";
import classes from "./Forms.module.css";

interface ListFieldProps {
  path: Path;
  label: string;
  /** The label is for screen readers only. */
  labelHidden?: boolean;
  description?: string | undefined;
  /** The button that adds one. */
  add: string;
  fresh: () => JsonObject;
  titleOf: (item: JsonObject) => string;
  badgesOf?: (item: JsonObject) => string[];
  renderItem: (path: Path) => ReactNode;
  /** What stands here when the list is empty. */
  empty?: string;
  /** Further ways to add some. */
  actions?: ReactNode;
}

/** A list whose items unfold one at a time; they are moved with buttons. */
export function ListField({
  path,
  label,
  labelHidden = false,
  description,
  add,
  fresh,
  titleOf,
  badgesOf,
  renderItem,
  empty,
  actions,
}: ListFieldProps) {
  const { store, reveal, editable } = useBuilder();
  const items = listAt(useDocument(), path);
  const pointer = pointerOf(path);
  const [opened, setOpened] = useState<number>();
  // What was led to before this was drawn unfolds too.
  const [seen, setSeen] = useState<number>();
  const id = useId();
  if (reveal !== undefined && reveal.count !== seen) {
    setSeen(reveal.count);
    const index = items.findIndex(
      (_, position) => reveal.pointer === `${pointer}/${position}` || reveal.pointer.startsWith(`${pointer}/${position}/`),
    );
    if (index >= 0) setOpened(index);
  }
  const move = (from: number, to: number) => {
    store.do({ kind: "move", path, from, to });
    if (opened === from) setOpened(to);
    else if (opened === to) setOpened(from);
  };
  return (
    <section aria-labelledby={id} id={fieldId(pointer)} tabIndex={-1} className={classes.list}>
      <Text id={id} className={labelHidden ? classes.hidden : classes.listLabel}>
        {label}
      </Text>
      {description !== undefined && (
        <Text size="sm" c="dimmed" mb={6}>
          {description}
        </Text>
      )}
      <Faults pointer={pointer} />
      {items.length === 0 && empty !== undefined && (
        <Text size="sm" c="dimmed" mb="xs">
          {empty}
        </Text>
      )}
      {items.length > 0 && (
        <ol className={classes.items}>
          {items.map((item, index) => (
            <ListItem
              key={index}
              path={[...path, index]}
              title={titleOf(item)}
              badges={badgesOf?.(item) ?? []}
              opened={opened === index}
              onToggle={() => setOpened(opened === index ? undefined : index)}
              onUp={index === 0 || !editable ? undefined : () => move(index, index - 1)}
              onDown={index === items.length - 1 || !editable ? undefined : () => move(index, index + 1)}
              onRemove={
                editable
                  ? () => {
                      store.do({ kind: "remove", path: [...path, index] });
                      setOpened(undefined);
                    }
                  : undefined
              }
            >
              {opened === index && renderItem([...path, index])}
            </ListItem>
          ))}
        </ol>
      )}
      {editable && (
        <Group gap="sm" mt="xs">
          <Button
            variant="default"
            size="compact-md"
            leftSection={<IconPlus size={16} />}
            onClick={() => {
              store.do({ kind: "insert", path, value: fresh() });
              setOpened(items.length);
            }}
          >
            {add}
          </Button>
          {actions}
        </Group>
      )}
    </section>
  );
}

interface ListItemProps {
  path: Path;
  title: string;
  badges: string[];
  opened: boolean;
  onToggle: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: (() => void) | undefined;
  children: ReactNode;
}

function ListItem({ path, title, badges, opened, onToggle, onUp, onDown, onRemove, children }: ListItemProps) {
  const pointer = pointerOf(path);
  const faulty = useIsFaulty(pointer);
  const name = title === "" ? t("cb.unnamed") : title;
  return (
    <li className={classes.item}>
      <div className={classes.itemHead}>
        <UnstyledButton className={classes.itemName} aria-expanded={opened} onClick={onToggle} id={fieldId(pointer)}>
          <IconChevronRight size={16} aria-hidden="true" className={classes.chevron} />
          <span className={classes.itemTitle}>{name}</span>
          {badges.map((badge) => (
            <Badge key={badge} variant="light" color="gray" size="sm">
              {badge}
            </Badge>
          ))}
          {faulty && <span className={classes.faulty}>{t("cb.hasFaults")}</span>}
        </UnstyledButton>
        <Group gap={2} wrap="nowrap">
          <ActionIcon variant="subtle" color="gray" disabled={onUp === undefined} onClick={onUp} aria-label={t("cb.moveUp", { name })}>
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" disabled={onDown === undefined} onClick={onDown} aria-label={t("cb.moveDown", { name })}>
            <IconArrowDown size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" disabled={onRemove === undefined} onClick={onRemove} aria-label={t("cb.remove", { name })}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      </div>
      {opened && (
        <div className={classes.itemBody}>
          <Faults pointer={pointer} />
          {children}
        </div>
      )}
    </li>
  );
}
