import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { ActionIcon, Group, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { IconCopyPlus, IconStarFilled, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { CategoryCopy, Method } from "@shared/api/types";
import { byCategory } from "@shared/connector/byCategory";
import classes from "@shared/connector/Methods.module.css";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { NoMatch } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast } from "@shared/ui/toast";
import { CopyCategoryDialog } from "./fields/CopyCategoryDialog";
import { takesObjects } from "./fields/customFields";
import { useDeleteCopy } from "./fields/useCustomFields";

interface MethodListProps {
  accountId: string;
  accountConnectorId: number;
  methods: readonly Method[];
  copies: readonly CategoryCopy[];
  chosen: Method | undefined;
  /** The copy in which it was chosen. */
  object: CategoryCopy | undefined;
  onChoose: (method: Method, object: CategoryCopy | undefined) => void;
  editable: boolean;
}

/** Methods by category, the copies of a category after it. */
export function MethodList({ accountId, accountConnectorId, methods, copies, chosen, object, onChoose, editable }: MethodListProps) {
  const [query, setQuery] = useState("");
  const [copying, setCopying] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<CategoryCopy | null>(null);
  const index = useMemo(
    () =>
      buildIndex(methods, (method) => [
        { text: method.Name, weight: 3 },
        { text: method.Category, weight: 1 },
      ]),
    [methods],
  );
  const copyable = useMemo(() => new Set(methods.filter(takesObjects).map((method) => method.Category)), [methods]);
  const groups = byCategory(searchIndex(index, query));
  const button = (method: Method, of: CategoryCopy | undefined) => (
    <UnstyledButton
      key={method.Id}
      className={classes.method}
      onClick={() => onChoose(method, of)}
      aria-current={method === chosen && of?.Id === object?.Id ? "true" : undefined}
    >
      {method.Name}
    </UnstyledButton>
  );
  return (
    <nav className={classes.list} aria-label={t("method.list")}>
      <SearchBox label={t("methods.search")} value={query} onChange={setQuery} />
      {groups.length === 0 && <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />}
      {groups.map((group) => (
        <div key={group.name}>
          <Group justify="space-between" wrap="nowrap" gap={4} align="flex-end">
            <Title order={2} className={classes.category}>
              {group.name}
            </Title>
            {editable && copyable.has(group.name) && (
              <Tooltip label={t("copies.action")}>
                <ActionIcon variant="subtle" color="gray" aria-label={t("copies.actionNamed", { category: group.name })} onClick={() => setCopying(group.name)}>
                  <IconCopyPlus size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
          {group.methods.map((method) => button(method, undefined))}
          {copies
            .filter((copy) => copy.SourceCategory === group.name)
            .map((copy) => (
              <section key={copy.Id} aria-label={copy.ObjectName}>
                <Group justify="space-between" wrap="nowrap" gap={4} align="flex-end">
                  <Title order={3} className={classes.category}>
                    <IconStarFilled size={12} role="img" aria-label={t("copies.isCopy")} /> {copy.ObjectName}
                  </Title>
                  {editable && (
                    <Tooltip label={t("copies.delete")}>
                      <ActionIcon variant="subtle" color="gray" aria-label={t("copies.deleteNamed", { name: copy.ObjectName })} onClick={() => setDeleting(copy)}>
                        <IconTrash size={16} />
                      </ActionIcon>
                    </Tooltip>
                  )}
                </Group>
                {group.methods.map((method) => button(method, copy))}
              </section>
            ))}
        </div>
      ))}
      {copying !== null && (
        <CopyCategoryDialog
          accountId={accountId}
          accountConnectorId={accountConnectorId}
          category={copying}
          onClose={() => setCopying(null)}
          onCopied={() => setCopying(null)}
        />
      )}
      <DeleteCopy accountId={accountId} accountConnectorId={accountConnectorId} copy={deleting} onClose={() => setDeleting(null)} />
    </nav>
  );
}

interface DeleteCopyProps {
  accountId: string;
  accountConnectorId: number;
  copy: CategoryCopy | null;
  onClose: () => void;
}

function DeleteCopy({ accountId, accountConnectorId, copy, onClose }: DeleteCopyProps) {
  const remove = useDeleteCopy(accountId, accountConnectorId);
  return (
    <ConfirmDialog
      opened={copy !== null}
      onClose={onClose}
      title={t("copies.deleteTitle", { name: copy?.ObjectName ?? "" })}
      text={t("copies.deleteText")}
      action={t("copies.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (copy === null) return;
        remove.mutate(copy.Id, {
          onSuccess: () => {
            toast(t("copies.deleted", { name: copy.ObjectName }));
            onClose();
          },
        });
      }}
    />
  );
}
