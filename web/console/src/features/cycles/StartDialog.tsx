import "@shared/messages/en/cycles";
import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Cycle } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useCycleChanges, usePrerequisites } from "@shared/queries/cycles";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import type { CyclePlace } from "./place";
import { PrerequisiteList } from "./PrerequisiteList";
import { activation, intervals, startProblems, type StartChoice } from "./schedule";
import { useSteps } from "./useDesign";

interface StartDialogProps {
  place: CyclePlace;
  /** What is to start; nothing while the dialog is closed. */
  cycle: Cycle | undefined;
  /** Asked for one run, not for a schedule. */
  once?: boolean;
  onClose: () => void;
}

/** Starts a cycle: on a schedule, once, or on requests; while something is missing, says what. */
export function StartDialog({ place, cycle, once = false, onClose }: StartDialogProps) {
  return (
    <Modal
      opened={cycle !== undefined}
      onClose={onClose}
      title={t("start.title", { name: cycle?.Name ?? "" })}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {cycle !== undefined && <StartForm key={`${cycle.Id}.${String(once)}`} place={place} cycle={cycle} once={once} onClose={onClose} />}
    </Modal>
  );
}

function StartForm({ place, cycle, once, onClose }: { place: CyclePlace; cycle: Cycle; once: boolean; onClose: () => void }) {
  const prerequisites = usePrerequisites(place.accountId, cycle.Id);
  const steps = useSteps(place);
  const { activate } = useCycleChanges(place.accountId);
  const [asked, setAsked] = useState(false);
  const [choice, setChoice] = useState<StartChoice>({
    interval: cycle.Interval === undefined || cycle.Interval === 0 ? "" : String(cycle.Interval),
    runOnce: once || (cycle.RunOnce ?? false),
    start: "",
  });
  const failed = prerequisites.error ?? steps.error;
  if (failed !== null) {
    const retry = () => {
      void prerequisites.refetch();
      void steps.refetch();
    };
    return <ErrorNotice error={failed} title={t("page.failed", { what: t("prerequisites.what") })} onRetry={retry} />;
  }
  if (prerequisites.data === undefined || steps.data === undefined) return <PageSkeleton label={t("prerequisites.what")} shape="form" rows={3} />;
  const isWebhook = steps.data[0]?.ActionType === "Webhook";
  const problems = startProblems(choice, isWebhook);
  const blocked = prerequisites.data.length > 0;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (Object.keys(problems).length > 0) return;
        activate.mutate(
          { cycleId: cycle.Id, body: activation(choice, isWebhook) },
          {
            onSuccess: () => {
              toast(t("start.done", { name: cycle.Name }));
              onClose();
            },
          },
        );
      }}
    >
      <Stack>
        <PrerequisiteList place={place} prerequisites={prerequisites.data} steps={steps.data} />
        {isWebhook && (
          <Text size="sm" c="dimmed">
            {t("start.webhook")}
          </Text>
        )}
        <Checkbox
          label={t("start.once")}
          description={t("start.onceHint")}
          checked={choice.runOnce}
          onChange={(event) => setChoice({ ...choice, runOnce: event.currentTarget.checked })}
        />
        {!isWebhook && !choice.runOnce && (
          <NativeSelect
            label={t("start.interval")}
            required
            value={choice.interval}
            onChange={(event) => setChoice({ ...choice, interval: event.currentTarget.value })}
            data={[{ value: "", label: t("start.choose") }, ...intervals.map((minutes) => ({ value: String(minutes), label: t(`interval.${minutes}`) }))]}
            error={asked && problems.interval !== undefined ? t("start.intervalRequired") : undefined}
          />
        )}
        <TextInput
          type="datetime-local"
          label={t("start.time")}
          description={t("start.timeHint")}
          value={choice.start}
          onChange={(event) => setChoice({ ...choice, start: event.currentTarget.value })}
          error={asked && problems.start !== undefined ? t("start.timeInvalid") : undefined}
        />
        <ErrorNotice error={activate.error} title={t("start.failed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={activate.isPending} disabled={blocked}>
            {t("start.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
