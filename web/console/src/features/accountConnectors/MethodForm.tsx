import "@shared/messages/en/accountConnectors";
import { Button, Collapse, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { CustomField, Method, MethodCall, TestResult } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { callOf, inputsOf, problemsOf, type InputProblem, type MethodInput } from "./methodForm";
import { MethodInputField, type LookupSource } from "./MethodInputField";
import { ResultPanel } from "@shared/result/ResultPanel";

interface MethodFormProps {
  method: Method;
  /** The account's own request fields. */
  custom?: readonly CustomField[];
  onRun: (call: MethodCall) => void;
  run: { isPending: boolean; error: Error | null; data: TestResult | undefined };
  /** Where lookups offer values; without it any may be typed. */
  lookups?: LookupSource;
  /** Stands above the method's inputs. */
  children?: ReactNode;
}

/** A method's inputs, a button that calls it for real, and what came back. */
export function MethodForm({ method, custom = [], onRun, run, lookups, children }: MethodFormProps) {
  const rights = useRights();
  const [values, setValues] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Map<string, InputProblem>>(new Map());
  const [optionalShown, setOptionalShown] = useState(false);
  const inputs = inputsOf(method, custom);
  const required = inputs.filter((input) => !input.optional);
  const optional = inputs.filter((input) => input.optional);
  const writes = method.HttpMethod != null && method.HttpMethod !== "GET";

  const submit = () => {
    const found = problemsOf(inputs, values);
    setProblems(found);
    if (optional.some((input) => found.has(input.key))) setOptionalShown(true);
    if (found.size === 0) onRun(callOf(inputs, values));
  };
  const field = (input: MethodInput) => (
    <MethodInputField
      key={input.key}
      input={input}
      value={values[input.key] ?? input.initial}
      onChange={(value) => setValues((before) => ({ ...before, [input.key]: value }))}
      problem={problems.get(input.key)}
      lookups={lookups}
    />
  );

  return (
    <form
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack maw={560}>
        {children}
        {inputs.length === 0 && <Text c="dimmed">{t("test.noInput")}</Text>}
        {required.map(field)}
        {optional.length > 0 && (
          <>
            <div>
              <Button variant="subtle" size="compact-sm" px={0} aria-expanded={optionalShown} onClick={() => setOptionalShown(!optionalShown)}>
                {optionalShown ? t("test.hideOptional") : t("test.optional", { count: optional.length })}
              </Button>
            </div>
            <Collapse expanded={optionalShown}>
              <Stack>{optional.map(field)}</Stack>
            </Collapse>
          </>
        )}
        {writes && (
          <Text size="sm" c="dimmed">
            {t("test.writes", { verb: method.HttpMethod ?? "" })}
          </Text>
        )}
        <Group>
          <Button type="submit" loading={run.isPending} leftSection={<IconPlayerPlay size={16} />} disabled={!rights.manageAccountConnectors}>
            {t("test.run")}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {run.isPending ? t("test.running") : ""}
          </Text>
        </Group>
      </Stack>
      <ErrorNotice error={run.error} title={t("test.failure")} />
      {run.data !== undefined && <ResultPanel result={run.data} />}
    </form>
  );
}
