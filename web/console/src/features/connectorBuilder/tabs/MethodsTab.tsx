import { Badge, Button, Group, Menu, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCategory, IconCopy, IconDots, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMemo, useState, type ReactNode } from "react";
import classes from "@shared/connector/Methods.module.css";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { EmptyState, NoMatch } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import own from "../Builder.module.css";
import { useBuilder, useDocument } from "../forms/BuilderContext";
import { copyOfMethod, newMethod } from "../model/fresh";
import { listAt, pathOf, textAt, type JsonObject } from "../model/json";
import { namesOf, referencesTo } from "../model/references";
import type { BuilderSearch } from "../search";
import { CategoriesEditor } from "./CategoriesEditor";
import { MethodEditor } from "./MethodEditor";

interface MethodsTabProps {
  search: BuilderSearch;
  onSearch: (search: BuilderSearch) => void;
  renderTest: (method: JsonObject) => ReactNode;
}

/** Every method by category, and what one of them does. */
export function MethodsTab({ search, onSearch, renderTest }: MethodsTabProps) {
  const { store, editable } = useBuilder();
  const document = useDocument();
  const methods = listAt(document, ["methods"]);
  const index = methods.findIndex((method) => textAt(method, ["key"]) === search.method);
  const chosen = methods[index];
  const [deleting, setDeleting] = useState(false);
  const open = (method: string | undefined) => {
    const { method: former, part, ...rest } = search;
    onSearch({ ...rest, ...(method === undefined ? {} : { method }), ...(part === undefined || method === undefined ? {} : { part }) });
  };
  const add = () => {
    const method = newMethod(document, t("cb.newMethod"), namesOf(document, "category")[0] ?? t("cb.newCategory"));
    store.do({ kind: "insert", path: ["methods"], value: method });
    onSearch({ tab: "methods", method: textAt(method, ["key"]) });
  };
  const remove = () => {
    store.do({ kind: "remove", path: ["methods", index] });
    setDeleting(false);
    open(undefined);
  };
  const users = search.method === undefined ? [] : referencesTo(document, "method", search.method).map((path) => userOf(document, path.map(String)));

  return (
    <div className={classes.columns}>
      <nav className={classes.nav} aria-label={t("cb.methodList")}>
        {editable && (
          <Button fullWidth variant="default" leftSection={<IconPlus size={16} />} onClick={add} mb="sm">
            {t("cb.add.method")}
          </Button>
        )}
        <MethodList methods={methods} chosen={search.method} onChoose={open} />
        <UnstyledButton className={classes.method} onClick={() => open(undefined)} aria-current={chosen === undefined ? "true" : undefined} mt="md">
          <IconCategory size={16} aria-hidden="true" /> {t("cb.categories")}
        </UnstyledButton>
      </nav>
      <div className={`${classes.detail} ${own.sheet}`}>
        {chosen === undefined ? (
          <>
            {methods.length === 0 && <EmptyState title={t("cb.methodsNone")} hint={t("cb.methodsNoneHint")} />}
            <CategoriesEditor />
          </>
        ) : (
          <>
            <Group justify="space-between" wrap="nowrap" align="flex-start" mb="sm">
              <div>
                <Title order={2} fz="1.25rem">
                  {textAt(chosen, ["name"]) || t("cb.unnamed")}
                </Title>
                <Text size="sm" c="dimmed">
                  {[textAt(chosen, ["httpMethod"]), textAt(chosen, ["endpoint"])].join(" ")}
                </Text>
              </div>
              {editable && (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="default" size="compact-md" leftSection={<IconDots size={16} />}>
                      {t("actions")}
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item
                      leftSection={<IconCopy size={16} />}
                      onClick={() => {
                        const copy = copyOfMethod(document, chosen, t("cb.copyOf", { name: textAt(chosen, ["name"]) }));
                        store.do({ kind: "insert", path: ["methods"], index: index + 1, value: copy });
                        open(textAt(copy, ["key"]));
                      }}
                    >
                      {t("cb.duplicate")}
                    </Menu.Item>
                    <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setDeleting(true)}>
                      {t("cb.deleteMethod")}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </Group>
            <MethodEditor key={search.method} index={index} search={search} onSearch={onSearch} renderTest={renderTest} />
          </>
        )}
      </div>
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={t("cb.deleteMethodTitle", { name: textAt(chosen, ["name"]) })}
        text={users.length === 0 ? t("cb.deleteMethodText") : t("cb.deleteMethodUsed", { users: users.join(", ") })}
        action={t("cb.deleteMethod")}
        busy={false}
        error={null}
        onConfirm={remove}
      />
    </div>
  );
}

/** Who names a method, in words. */
function userOf(document: JsonObject, path: string[]): string {
  const [list = "", index = ""] = path;
  const name = textAt(document, [...pathOf(`/${list}/${index}`), "name"]);
  return name === "" ? t(list === "postInstallTestAuth" ? "cb.f.postInstallTestAuth" : "cb.f.postInstallPropertyLookup") : name;
}

interface MethodListProps {
  methods: JsonObject[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

function MethodList({ methods, chosen, onChoose }: MethodListProps) {
  const { faults } = useBuilder();
  const [query, setQuery] = useState("");
  const index = useMemo(
    () =>
      buildIndex(
        methods.map((method, position) => ({ method, position })),
        ({ method }) => [
          { text: textAt(method, ["name"]), weight: 3 },
          { text: textAt(method, ["category"]), weight: 1 },
        ],
      ),
    [methods],
  );
  const found = searchIndex(index, query);
  const categories = [...new Set(found.map(({ method }) => textAt(method, ["category"])))];
  return (
    <>
      {methods.length > 6 && <SearchBox label={t("methods.search")} value={query} onChange={setQuery} />}
      {methods.length > 0 && found.length === 0 && <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />}
      {categories.map((category) => (
        <div key={category}>
          <Title order={2} className={classes.category}>
            {category === "" ? t("cb.noCategory") : category}
          </Title>
          {found
            .filter(({ method }) => textAt(method, ["category"]) === category)
            .map(({ method, position }) => {
              const key = textAt(method, ["key"]);
              const faulty = faults.some(
                (fault) => fault.Severity === "Error" && `${fault.Pointer}/`.startsWith(`/methods/${position}/`),
              );
              return (
                <UnstyledButton
                  key={position}
                  className={classes.method}
                  onClick={() => onChoose(key)}
                  aria-current={key === chosen ? "true" : undefined}
                >
                  {textAt(method, ["name"]) || t("cb.unnamed")}
                  {method["hide"] === true && (
                    <Badge ml={6} size="xs" variant="light" color="gray">
                      {t("cb.hidden")}
                    </Badge>
                  )}
                  {faulty && <span className={own.faulty}> {t("cb.hasFaults")}</span>}
                </UnstyledButton>
              );
            })}
        </div>
      ))}
    </>
  );
}
