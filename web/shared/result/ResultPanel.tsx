import "@shared/messages/en/accountConnectors";
import { Alert, Badge, Button, CopyButton, Group, NativeSelect, SegmentedControl, Text, Title } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Field, TestResult } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { FieldTable } from "./FieldTable";
import { JsonTree } from "./JsonTree";
import { RecordTable } from "./RecordTable";
import { rawText, recordLists, sizeOf, type Json } from "./shape";
import classes from "./Result.module.css";

type View = "fields" | "table" | "tree" | "raw" | "request";

interface ResultPanelProps {
  result: TestResult;
  /** Fields that later steps can take from the answer; with them the panel shows what each holds. */
  fields?: readonly Field[];
}

const viewTexts = { fields: "test.fields", table: "test.table", tree: "test.tree", raw: "test.raw", request: "test.requestView" } as const;

/** What a method answered, readable: by field, as a table, a tree, as it came, and what was asked. */
export function ResultPanel({ result, fields = [] }: ResultPanelProps) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const body = result.Response as Json | undefined;
  const hasBody = body !== undefined && body !== null && body !== "";
  const lists = hasBody ? recordLists(body) : [];
  const isTree = typeof body === "object";
  const [chosenView, setView] = useState<View>();
  const [chosenPath, setPath] = useState<string>();
  const views: View[] = [
    ...(lists.length > 0 ? (["table"] as const) : []),
    ...(isTree && hasBody ? (["tree"] as const) : []),
    ...(fields.length > 0 && hasBody ? (["fields"] as const) : []),
    ...(hasBody ? (["raw"] as const) : []),
    "request",
  ];
  const view = chosenView !== undefined && views.includes(chosenView) ? chosenView : (views[0] ?? "request");
  const list = lists.find((candidate) => candidate.path === chosenPath) ?? lists[0];
  const text = hasBody ? rawText(body) : "";

  useEffect(() => {
    panel.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [result]);

  return (
    <section className={classes.panel} aria-labelledby={id} ref={panel}>
      <Group justify="space-between" gap="sm" mb="sm">
        <Group gap="sm">
          <Title order={3} fz="1.0625rem" id={id}>
            {t("test.result")}
          </Title>
          <Badge color={result.Success ? "teal" : "red"} variant="light" size="md" tt="none">
            {t(result.Success ? "test.success" : "test.failure")}
          </Badge>
          <Text size="sm" c="dimmed" className={classes.figures}>
            {[result.StatusCode, t("test.duration", { ms: result.DurationMs }), hasBody ? sizeOf(text) : undefined].filter(Boolean).join(" · ")}
          </Text>
        </Group>
        {hasBody && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}>
                {copied ? t("copy.done") : t("test.copyResult")}
              </Button>
            )}
          </CopyButton>
        )}
      </Group>
      {result.Error != null && result.Error !== "" && (
        <Alert color="red" mb="sm" role="alert">
          {result.Error}
        </Alert>
      )}
      <Group mb="sm" gap="sm">
        <SegmentedControl
          aria-label={t("test.views")}
          value={view}
          onChange={(next) => setView(next)}
          data={views.map((value) => ({ value, label: t(viewTexts[value]) }))}
        />
        {view === "table" && lists.length > 1 && (
          <NativeSelect
            aria-label={t("test.list")}
            value={list?.path ?? ""}
            onChange={(event) => setPath(event.currentTarget.value)}
            data={lists.map((candidate) => ({ value: candidate.path, label: candidate.path === "" ? t("test.list") : candidate.path }))}
          />
        )}
      </Group>
      {view === "fields" && body !== undefined && <FieldTable fields={fields} answer={body} />}
      {view === "table" && list !== undefined && <RecordTable list={list} />}
      {view === "tree" && body !== undefined && <JsonTree value={body} />}
      {view === "raw" && <Pre text={text} label={t("test.raw")} />}
      {view === "request" &&
        (result.Request != null && result.Request !== "" ? (
          <Pre text={result.Request} label={t("test.requestView")} />
        ) : (
          <Text c="dimmed">{t("test.noRequest")}</Text>
        ))}
      {!hasBody && view !== "request" && <Text c="dimmed">{t("test.empty")}</Text>}
    </section>
  );
}

/** Text that scrolls by itself; focusable, so that keys scroll it too. */
function Pre({ text, label }: { text: string; label: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={classes.raw} tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  );
}
