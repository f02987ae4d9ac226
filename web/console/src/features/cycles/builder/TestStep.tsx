import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/cycles";
import { Alert, Badge, Button, Code, Drawer, Fieldset, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import type { Edge, FieldForMapping, Step, TestResult } from "@shared/api/types";
import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";
import { ResultPanel } from "@shared/result/ResultPanel";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { inTextLook, type CyclePlace } from "../place";
import { useEarlierFields, useMappings, useStepTest } from "../useDesign";
import { targetsOf, type Target } from "./mapping";
import { inputsOf, problemsOf, testOf, type TestInput, type TestProblem } from "./stepTest";
import classes from "./TestStep.module.css";

interface TestStepProps {
  place: CyclePlace;
  step: Step;
  edges: readonly Edge[];
  onClose: () => void;
}

/** **Test Step**: asks for what earlier steps would give, makes the call, and shows what was asked and answered. */
export function TestStep({ place, step, edges, onClose }: TestStepProps) {
  const mappings = useMappings(place, step.Id, true);
  const earlier = useEarlierFields(place, step.Id, true);
  const error = [mappings, earlier].find((query) => query.isLoadingError)?.error;
  const retry = () => {
    for (const query of [mappings, earlier]) if (query.isLoadingError) void query.refetch();
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(920px, 100%)"
      title={t("testStep.title", { step: step.Name })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {error != null && <PageError what={t("stepSetup.what")} error={error} onRetry={retry} />}
      {error == null && (mappings.data === undefined || earlier.data === undefined) && <PageSkeleton label={t("stepSetup.what")} shape="form" rows={4} />}
      {mappings.data !== undefined && earlier.data !== undefined && (
        <TestForm
          place={place}
          step={step}
          isTrigger={!edges.some((edge) => edge.HeadStepId === step.Id)}
          targets={targetsOf(mappings.data.parameters, mappings.data.fields)}
          earlier={earlier.data}
        />
      )}
    </Drawer>
  );
}

interface TestFormProps {
  place: CyclePlace;
  step: Step;
  isTrigger: boolean;
  targets: readonly Target[];
  earlier: readonly FieldForMapping[];
}

function TestForm({ place, step, isTrigger, targets, earlier }: TestFormProps) {
  const test = useStepTest(place.accountId, step.Id);
  const inputs = inputsOf(targets, earlier);
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map());
  const [since, setSince] = useState("");
  const [asked, setAsked] = useState(false);
  const problems = asked ? problemsOf(inputs, values) : none;
  const connector = step.AccountConnector;
  const verb = step.Method?.HttpMethod ?? "";
  if (connector != null && !connector.Authenticated && step.UseExternalAuthentication !== true) {
    return (
      <Alert color="orange" icon={<IconAlertTriangle />}>
        {t("testStep.authenticate")}{" "}
        <AnchorLink to="/accounts/$accountId/connectors/$accountConnectorId" params={{ accountId: place.accountId, accountConnectorId: String(connector.Id) }} {...inTextLook}>
          {connector.Name}
        </AnchorLink>
      </Alert>
    );
  }
  return (
    <>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (problemsOf(inputs, values).size === 0) test.mutate(testOf(inputs, values, since));
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t("testStep.hint")}
          </Text>
          {verb !== "" && verb !== "GET" && (
            <Alert color="orange" variant="light" icon={<IconAlertTriangle />}>
              {t("test.writes", { verb })}
            </Alert>
          )}
          {inputs.length === 0 ? (
            <Text>{t("testStep.nothing")}</Text>
          ) : (
            <Fieldset legend={t("testStep.values")}>
              <Stack>
                {inputs.map((input) => (
                  <Input
                    key={input.target.key}
                    input={input}
                    value={values.get(input.target.key) ?? ""}
                    onChange={(value) => setValues((before) => new Map(before).set(input.target.key, value))}
                    problem={problems.get(input.target.key)}
                  />
                ))}
              </Stack>
            </Fieldset>
          )}
          {isTrigger && (
            <TextInput
              type="datetime-local"
              label={t("testStep.since")}
              description={t("testStep.sinceHint")}
              value={since}
              onChange={(event) => setSince(event.currentTarget.value)}
              maw={320}
            />
          )}
          <Group>
            <Button type="submit" leftSection={<IconPlayerPlay size={16} />} loading={test.isPending}>
              {t("testStep.run")}
            </Button>
          </Group>
        </Stack>
      </form>
      <Failure error={test.error} />
      {test.data !== undefined && <Result result={test.data} step={step} />}
    </>
  );
}

const none: ReadonlyMap<string, TestProblem> = new Map();

interface InputProps {
  input: TestInput;
  value: string;
  onChange: (value: string) => void;
  problem: TestProblem | undefined;
}

/** The right kind of field for one value. */
function Input({ input: { target, from }, value, onChange, problem }: InputProps) {
  const shared = {
    label: target.name,
    description: t("testStep.from", { from }),
    required: !target.optional,
    error: problem === undefined ? undefined : t(`test.${problem}`),
    value,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (target.values.length > 0) return <NativeSelect {...shared} data={[{ value: "", label: t("test.unset") }, ...target.values]} />;
  if (target.dataType === "Boolean") {
    return (
      <NativeSelect
        {...shared}
        data={[
          { value: "", label: t("test.unset") },
          { value: "true", label: t("yes") },
          { value: "false", label: t("no") },
        ]}
      />
    );
  }
  const numeric = target.dataType === "Integer" || target.dataType === "Float" || target.dataType === "Decimal";
  return <TextInput {...shared} autoComplete="off" spellCheck={false} inputMode={numeric ? "decimal" : "text"} />;
}

/** Why no call was made, or what the provider said against it. */
function Failure({ error }: { error: Error | null }) {
  const detail = error instanceof ApiError ? error.detail : undefined;
  return (
    <Stack mt="md" gap="xs">
      <ErrorNotice error={error} title={t("testStep.failed")} />
      {detail !== undefined && (
        <Code block className={classes.detail}>
          {detail}
        </Code>
      )}
    </Stack>
  );
}

function Result({ result, step }: { result: TestResult; step: Step }) {
  // A trigger without new data answers an empty object.
  const isEmpty = typeof result.Response === "object" && result.Response !== null && Object.keys(result.Response).length === 0;
  return (
    <>
      <ResultPanel result={result} fields={step.Method?.ResponseFields ?? []} />
      {result.Success && isEmpty && (
        <Badge mt="sm" variant="light" color="gray" tt="none">
          {t("testStep.noData")}
        </Badge>
      )}
    </>
  );
}
