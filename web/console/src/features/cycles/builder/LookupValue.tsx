import "@shared/messages/en/cycles";
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Trigger } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useStepLookup } from "../useDesign";
import type { Draft, Target } from "./mapping";

interface LookupValueProps {
  accountId: string;
  stepId: string;
  target: Target;
  draft: Draft;
  onChange: (draft: Draft) => void;
  disabled: boolean;
  error?: string | undefined;
}

/** Chooses one of the values that the provider offers; lookups that come first are asked first. */
export function LookupValue({ accountId, stepId, target, draft, onChange, disabled, error }: LookupValueProps) {
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({});
  const trigger = target.triggers[0];
  if (trigger === undefined) return null;
  const before = inOrder(trigger);
  const around = { accountId, stepId, target, disabled };
  return (
    <Stack gap={6}>
      {before.map((first, index) => (
        <Choice
          key={first.TriggerId}
          {...around}
          trigger={first}
          label={first.Name}
          // Those that come later are answered anew when this one is.
          answers={answersOf(before.slice(0, index), answers)}
          value={answers[first.TriggerId] ?? ""}
          shown={undefined}
          onChange={(value) => setAnswers({ ...answersOf(before.slice(0, index), answers), [first.TriggerId]: value })}
        />
      ))}
      <Choice
        {...around}
        trigger={trigger}
        label={t("mapping.valueOf", { name: target.name })}
        labelHidden
        answers={answersOf(before, answers)}
        value={draft.triggerValue}
        shown={draft.triggerLabel}
        onChange={(triggerValue, triggerLabel) => onChange({ ...draft, triggerValue, triggerLabel })}
        error={error}
      />
    </Stack>
  );
}

/** The lookups to be answered before this one, those that need nothing first. */
function inOrder(trigger: Trigger): Trigger[] {
  return trigger.SubTriggers.flatMap((first) => [...inOrder(first), first]);
}

function answersOf(triggers: readonly Trigger[], answers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(triggers.flatMap(({ TriggerId }) => (answers[TriggerId] === undefined ? [] : [[String(TriggerId), answers[TriggerId]]])));
}

interface ChoiceProps {
  accountId: string;
  stepId: string;
  target: Target;
  trigger: Trigger;
  label: string;
  labelHidden?: boolean;
  answers: Record<string, string>;
  value: string;
  /** The words of the chosen value, where they are known. */
  shown: string | undefined;
  onChange: (value: string, label: string) => void;
  disabled: boolean;
  error?: string | undefined;
}

function Choice({ accountId, stepId, target, trigger, label, labelHidden = false, answers, value, shown, onChange, disabled, error }: ChoiceProps) {
  const lookup = useStepLookup(accountId, stepId);
  const load = () => lookup.mutate({ part: target.part, id: target.id, triggerId: trigger.TriggerId, answers });
  const named = labelHidden ? { "aria-label": label } : { label };
  const offered = new Map((lookup.data ?? []).map((each) => [each.Value, each.Name]));
  if (value !== "" && !offered.has(value)) offered.set(value, shown === undefined || shown === "" ? value : shown);
  return (
    <div>
      <Group gap={6} wrap="nowrap" align="flex-end">
        <Select
          {...named}
          flex={1}
          miw={0}
          data={[...offered].map(([each, name]) => ({ value: each, label: name }))}
          value={value === "" ? null : value}
          onChange={(next) => onChange(next ?? "", offered.get(next ?? "") ?? "")}
          placeholder={lookup.data === undefined ? t("mapping.loadFirst") : t("mapping.chooseValue")}
          nothingFoundMessage={t("mapping.nothingOffered")}
          searchable
          limit={200}
          disabled={disabled}
          error={error ?? (lookup.isError ? t("mapping.lookupFailed", { reason: lookup.error.message }) : undefined)}
        />
        {!disabled && (
          <Button variant="default" loading={lookup.isPending} onClick={load} aria-label={t("mapping.loadValuesFor", { name: label })}>
            {t("mapping.loadValues")}
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed" role="status">
        {lookup.data === undefined ? "" : t("mapping.offered", { count: lookup.data.length })}
      </Text>
    </div>
  );
}
