import "@shared/messages/en/cycles";
import { Alert, Badge, Button, Collapse, Drawer, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconChevronRight, IconPlayerPlay, IconRefresh } from "@tabler/icons-react";
import { useCallback, useEffect, useId, useState, type ReactNode } from "react";
import type { Edge, Prerequisite, Step } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { toast, toastFailure } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import type { CyclePlace } from "../place";
import { MappingErrors, useEarlierFields, useFindCustomFields, useMappings, useSaveStep, useStepPrerequisites, useVariables } from "../useDesign";
import { AdvancedSettings } from "./AdvancedSettings";
import { JoinForm } from "./JoinForm";
import { isTestable, kindOf } from "./kinds";
import { changesOf, mappedLists, targetsOf, type Draft, type Target } from "./mapping";
import { MappingTable } from "./MappingTable";
import { stepUpdate, stepValues } from "./stepForm";
import { AnnotationForm, DecisionForm, DelayForm, WaitUntilForm } from "./ToolForms";
import { WebhookForm } from "./WebhookForm";

interface StepSetupProps {
  place: CyclePlace;
  step: Step;
  steps: readonly Step[];
  edges: readonly Edge[];
  editable: boolean;
  /** Tries the step out as it is saved; left out where that is not allowed. */
  onTest: (() => void) | undefined;
  onClose: () => void;
}

/** **Step Setup**: what a step is called, what it works with and where its values come from. */
export function StepSetup({ place, step, onClose, ...rest }: StepSetupProps) {
  const [dirty, setDirty] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const hasMethod = step.Method != null;
  const mappings = useMappings(place, step.Id, hasMethod);
  const earlier = useEarlierFields(place, step.Id, step.ActionType !== "Annotation");
  const variables = useVariables(place);
  const waiting = (hasMethod && mappings.data === undefined) || (step.ActionType !== "Annotation" && earlier.data === undefined) || variables.data === undefined;
  const error = [mappings, earlier, variables].find((query) => query.isLoadingError)?.error;
  const retry = () => {
    for (const query of [mappings, earlier, variables]) if (query.isLoadingError) void query.refetch();
  };
  return (
    <>
      <Drawer
        opened
        onClose={() => (dirty ? setLeaving(true) : onClose())}
        position="right"
        size="min(920px, 100%)"
        title={
          <Group gap="xs">
            {t("stepSetup.title", { step: step.Name })}
            <Badge variant="outline" color="gray">
              {t(`design.kind.${kindOf(step)}`)}
            </Badge>
          </Group>
        }
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        {error != null && <PageError what={t("stepSetup.what")} error={error} onRetry={retry} />}
        {error == null && waiting && <PageSkeleton label={t("stepSetup.what")} shape="form" rows={6} />}
        {error == null && !waiting && (
          <SetupForm
            place={place}
            step={step}
            targets={targetsOf(mappings.data?.parameters ?? [], mappings.data?.fields ?? [])}
            earlier={earlier.data ?? []}
            variables={variables.data}
            onDirty={setDirty}
            onClose={onClose}
            {...rest}
          />
        )}
      </Drawer>
      <UnsavedGuard dirty={dirty} />
      {/* Only there while it asks, so that the Escape that brings it does not close it at once. */}
      {leaving && (
        <ConfirmDialog
          opened
          onClose={() => setLeaving(false)}
          title={t("form.unsaved")}
          text={t("stepSetup.unsaved")}
          action={t("form.leave")}
          busy={false}
          error={null}
          onConfirm={onClose}
        />
      )}
    </>
  );
}

interface SetupFormProps extends StepSetupProps {
  targets: Target[];
  earlier: Parameters<typeof MappingTable>[0]["earlier"];
  variables: Parameters<typeof MappingTable>[0]["variables"];
  /** Told whether something is not saved. */
  onDirty: (dirty: boolean) => void;
}

function SetupForm({ place, step, steps, edges, targets, earlier, variables, editable, onTest, onDirty, onClose }: SetupFormProps) {
  const save = useSaveStep(place, step.Id);
  const [initial, setInitial] = useState(() => stepValues(step));
  const [values, setValues] = useState(initial);
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map());
  const [advanced, setAdvanced] = useState(false);
  const update = changesBetween(stepUpdate(initial, step), stepUpdate(values, step));
  const changes = changesOf(targets, drafts);
  const dirty = Object.keys(update).length > 0 || changes.size > 0;
  useEffect(() => onDirty(dirty), [dirty, onDirty]);
  const changeDraft = useCallback((key: string, draft: Draft) => setDrafts((before) => new Map(before).set(key, draft)), []);
  const change = (part: Partial<typeof values>) => setValues((before) => ({ ...before, ...part }));
  const problems = save.error instanceof MappingErrors ? save.error.byKey : noProblems;
  const nameMissing = values.name.trim() === "";
  const hasMethod = step.Method != null;
  const isMidCycleWebhook = step.ActionType === "Webhook" && edges.some((edge) => edge.HeadStepId === step.Id);
  const lists = mappedLists(
    targets.map((target) => drafts.get(target.key) ?? target.stored),
    earlier,
    steps,
  );
  const test = onTest !== undefined && isTestable(step) && (
    <Button variant="default" leftSection={<IconPlayerPlay size={16} />} onClick={onTest} disabled={dirty}>
      {t("design.test")}
    </Button>
  );
  const tool = { values, onChange: change, earlier, variables, editable };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (nameMissing || !editable) return;
        save.mutate(
          { step: update, mappings: changes },
          {
            onSuccess: () => {
              setInitial(values);
              setDrafts(new Map());
              toast(t("form.savedWhat", { what: values.name.trim() }));
            },
            onError: (error) => {
              // Without one of its own, a refused mapping is told beside its row; the rest is stored.
              if (error instanceof MappingErrors) {
                setInitial(values);
                setDrafts((before) => new Map([...before].filter(([key]) => error.byKey.has(key))));
              }
            },
          },
        );
      }}
    >
      <Stack gap="lg">
        <StepPrerequisites place={place} step={step} targets={targets} />
        {step.WebhookUrl != null && <CopyField label={t("webhook.url")} description={t("webhook.urlHint")} value={step.WebhookUrl} />}
        <TextInput
          label={t("name")}
          required
          value={values.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={nameMissing ? t("stepSetup.nameRequired") : undefined}
          maxLength={200}
          disabled={!editable}
        />
        <Textarea
          label={t("description")}
          autosize
          minRows={1}
          value={values.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
          disabled={!editable}
        />
        {step.ActionType === "Decision" && <DecisionForm {...tool} />}
        {step.ActionType === "Delay" && <DelayForm {...tool} />}
        {step.ActionType === "WaitUntil" && <WaitUntilForm {...tool} />}
        {step.ActionType === "Annotation" && <AnnotationForm {...tool} />}
        {isMidCycleWebhook && (
          <Part title={t("webhook.mapping")}>
            <WebhookForm step={step} {...tool} />
          </Part>
        )}
        {hasMethod && (
          <Part title={t("mapping.title")} actions={editable && <FindFields place={place} stepId={step.Id} />}>
            {targets.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t("mapping.none")}
              </Text>
            ) : (
              <MappingTable
                accountId={place.accountId}
                stepId={step.Id}
                targets={targets}
                drafts={drafts}
                onChange={changeDraft}
                earlier={earlier}
                variables={variables}
                problems={problems}
                editable={editable}
              />
            )}
          </Part>
        )}
        {lists.length > 1 && (
          <Part title={t("join.title")}>
            <JoinForm lists={lists} keys={values.keys} onChange={(keys) => change({ keys })} earlier={earlier} editable={editable} />
          </Part>
        )}
        {hasMethod && (
          <div>
            <Button
              variant="subtle"
              px={4}
              leftSection={advanced ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              aria-expanded={advanced}
              onClick={() => setAdvanced(!advanced)}
            >
              {t("advanced.title")}
            </Button>
            <Collapse expanded={advanced}>
              {advanced && <AdvancedSettings step={step} values={values} onChange={change} editable={editable} />}
            </Collapse>
          </div>
        )}
        <ErrorNotice error={save.error} />
      </Stack>
      {editable ? (
        <Group justify="space-between" align="flex-end">
          <SaveBar busy={save.isPending} problems={problems.size} disabled={!dirty} />
          <Group gap="sm">
            {test}
            <Button variant="default" onClick={onClose} disabled={dirty}>
              {t("form.close")}
            </Button>
          </Group>
        </Group>
      ) : (
        <Group justify="space-between" mt="lg">
          <Text size="sm" c="dimmed">
            {t("stepSetup.readOnly")}
          </Text>
          {test}
        </Group>
      )}
    </form>
  );
}

const noProblems: ReadonlyMap<string, string> = new Map();

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" mb="xs">
        <Title order={3} fz="1.0625rem" id={id}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </section>
  );
}

/** What the step still misses, in words. */
function StepPrerequisites({ place, step, targets }: { place: CyclePlace; step: Step; targets: readonly Target[] }) {
  const open = useStepPrerequisites(place, step.Id);
  if (open.data === undefined || open.data.length === 0) return null;
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle />} title={t("stepSetup.missing")}>
      {open.data.map((each) => (
        <Text key={`${each.ReasonCode}.${each.ObjectId}`} size="sm">
          {[each.Reason, targetName(each, targets)].filter(Boolean).join(": ")}
        </Text>
      ))}
    </Alert>
  );
}

function targetName(open: Prerequisite, targets: readonly Target[]): string | undefined {
  const part = open.ObjectType === "Parameter" ? "parameters" : open.ObjectType === "ConnectorFieldMapping" ? "fields" : undefined;
  return targets.find((target) => target.part === part && target.id === open.ObjectId)?.name;
}

/** Asks the provider which fields of its own the customer has. */
function FindFields({ place, stepId }: { place: CyclePlace; stepId: string }) {
  const find = useFindCustomFields(place, stepId);
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconRefresh size={15} />}
      loading={find.isPending}
      onClick={() =>
        find.mutate(undefined, {
          onSuccess: (fields) => toast(t("mapping.customFound", { count: fields.length })),
          onError: (error) => toastFailure(t("mapping.customFailed"), error),
        })
      }
    >
      {t("mapping.findCustom")}
    </Button>
  );
}
