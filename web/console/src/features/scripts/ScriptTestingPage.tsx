import "@shared/messages/en/building";
import { ActionIcon, Button, Group, NativeSelect, Text, Title } from "@mantine/core";
import { IconPlayerPlay, IconPlus, IconWand, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { CodeEditor } from "@shared/editor/CodeEditor";
import type { EditorProblem } from "@shared/editor/types";
import { t } from "@shared/messages/t";
import { scriptEvents, type ScriptEvent } from "@shared/script/events";
import { FormatError, formatScript } from "@shared/script/format";
import { scriptWords } from "@shared/script/words";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { GlobalDialog } from "./GlobalDialog";
import { marksOf } from "./problem";
import { ScriptOutput } from "./ScriptOutput";
import type { ScriptSearch } from "./search";
import type { ScriptGlobal } from "@shared/api/types";
import { useScriptTest } from "./useScriptTest";
import classes from "./Scripts.module.css";

interface ScriptTestingPageProps {
  search: ScriptSearch;
  onSearch: (search: ScriptSearch) => void;
}

const blank: ScriptGlobal = { Name: "", DataType: "Json", Value: "" };

/** **Script Testing**: a script, what it is given, and what it does. */
export function ScriptTestingPage({ search, onSearch }: ScriptTestingPageProps) {
  const [script, setScript] = useState("");
  const [globals, setGlobals] = useState<ScriptGlobal[]>([]);
  const [problems, setProblems] = useState<EditorProblem[]>([]);
  const run = useScriptTest();
  const output = useId();
  const names = useMemo(() => globals.map((global) => global.Name), [globals]);
  const words = useMemo(() => scriptWords(search.event, names), [search.event, names]);

  const format = useMutation({
    mutationFn: formatScript,
    onSuccess: (formatted) => {
      setScript(formatted);
      toast(t("script.formatted"));
    },
    onError: (error) => setProblems(error instanceof FormatError ? [error.problem] : []),
  });

  const submit = () => {
    setProblems([]);
    run.mutate(
      { Script: script, Globals: globals, ...(search.event === undefined ? {} : { Event: search.event }) },
      { onSuccess: (result) => setProblems(marksOf(result.Error)) },
    );
  };

  return (
    <>
      <UnsavedGuard dirty={script !== "" || globals.length > 0} />
      <PageHeader title={t("script.title")} lead={t("script.lead")} />
      <div className={classes.panes}>
        <section className={classes.pane} aria-label={t("script.pane")}>
          <Group align="flex-end" gap="sm" mb="md">
            <NativeSelect
              label={t("script.event")}
              description={t(search.event === undefined ? "script.inlineHint" : "script.eventHint")}
              value={search.event ?? ""}
              onChange={(event) => {
                const chosen = event.currentTarget.value as ScriptEvent | "";
                onSearch(chosen === "" ? {} : { event: chosen });
              }}
              data={[{ value: "", label: t("script.inline") }, ...scriptEvents]}
              flex={1}
              miw={200}
            />
          </Group>
          <Globals globals={globals} onChange={setGlobals} />
          <CodeEditor
            label={t("script.pane")}
            language="javascript"
            value={script}
            onChange={(next) => {
              setScript(next);
              setProblems([]);
            }}
            problems={problems}
            words={words}
            minHeight={320}
          />
          <Group mt="md" gap="sm">
            <Button leftSection={<IconPlayerPlay size={16} />} onClick={submit} loading={run.isPending} disabled={script.trim() === ""}>
              {t("script.run")}
            </Button>
            <Button
              variant="default"
              leftSection={<IconWand size={16} />}
              onClick={() => format.mutate(script)}
              loading={format.isPending}
              disabled={script.trim() === ""}
            >
              {t("script.format")}
            </Button>
            <Text size="sm" c="dimmed" role="status">
              {run.isPending ? t("script.running") : ""}
            </Text>
          </Group>
          {format.isError && (
            <Text size="sm" c="red" role="alert" mt="xs">
              {t("script.formatFailed", { reason: format.error.message })}
            </Text>
          )}
        </section>
        <section className={classes.pane} aria-labelledby={output}>
          <Title order={2} id={output} className={classes.paneTitle}>
            {t("script.output")}
          </Title>
          <ErrorNotice error={run.error} title={t("script.failed")} />
          {run.data === undefined ? !run.isError && <Text c="dimmed">{t("script.outputNone")}</Text> : <ScriptOutput result={run.data} />}
        </section>
      </div>
    </>
  );
}

interface GlobalsProps {
  globals: ScriptGlobal[];
  onChange: (globals: ScriptGlobal[]) => void;
}

/** The values that the script finds, and the way to add one. */
function Globals({ globals, onChange }: GlobalsProps) {
  const [open, setOpen] = useState<{ index: number; global: ScriptGlobal }>();
  return (
    <div>
      <Group gap="sm" mb="md" align="center">
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setOpen({ index: globals.length, global: blank })}>
          {t("script.global")}
        </Button>
        {globals.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("script.globalsNone")}
          </Text>
        ) : (
          <ul className={classes.globals} aria-label={t("script.globals")}>
            {globals.map((global, index) => (
              <li key={global.Name} className={classes.global}>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  onClick={() => setOpen({ index, global })}
                  aria-label={t("script.globalEdit", { name: global.Name })}
                >
                  {global.Name} · {global.DataType}
                </Button>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={24}
                  onClick={() => onChange(globals.filter((other) => other !== global))}
                  aria-label={t("script.globalDelete", { name: global.Name })}
                >
                  <IconX size={14} />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
      </Group>
      <GlobalDialog
        global={open?.global}
        taken={globals.filter((_, index) => index !== open?.index).map((global) => global.Name)}
        onCancel={() => setOpen(undefined)}
        onKeep={(global) => {
          const index = open?.index ?? globals.length;
          onChange(globals.toSpliced(index, 1, global));
          setOpen(undefined);
        }}
      />
    </div>
  );
}
