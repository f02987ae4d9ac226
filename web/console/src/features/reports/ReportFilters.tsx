import "@shared/messages/en/reports";
import { Button, Group, NativeSelect, Select, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@shared/messages/t";
import { useCycleNames } from "@shared/queries/cycles";

interface Days {
  cycle?: string;
  from?: string;
  to?: string;
}

interface ReportFiltersProps {
  accountId: string;
  search: Days;
  /** Told what is different; empty text takes a filter away. */
  onChange: (part: Record<string, string>) => void;
  onClear: () => void;
  isFiltered: boolean;
  /** Filters of this report alone. */
  children: ReactNode;
}

/** The filters that reports have in common: the cycle and the days. */
export function ReportFilters({ accountId, search, onChange, onClear, isFiltered, children }: ReportFiltersProps) {
  const cycles = useCycleNames(accountId);
  const names = cycles.data ?? [];
  const known = names.map(({ Id, Name }) => ({ value: Id, label: Name }));
  // One that is deleted is no longer listed, but its reports are still there.
  const data = search.cycle === undefined || names.some(({ Id }) => Id === search.cycle) ? known : [...known, { value: search.cycle, label: search.cycle }];
  return (
    <Group component="section" aria-label={t("reports.filters")} mb="lg" gap="sm" align="flex-end">
      <Select
        label={t("reports.cycle")}
        placeholder={t("reports.allCycles")}
        data={data}
        value={search.cycle ?? null}
        onChange={(cycle) => onChange({ cycle: cycle ?? "" })}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("reports.clearCycle") }}
        error={cycles.isError ? t("reports.cyclesFailed") : undefined}
        w={240}
      />
      {children}
      <TextInput type="date" label={t("reports.from")} value={search.from ?? ""} onChange={(event) => onChange({ from: event.currentTarget.value })} />
      <TextInput type="date" label={t("reports.to")} value={search.to ?? ""} onChange={(event) => onChange({ to: event.currentTarget.value })} />
      {isFiltered && (
        <Button variant="subtle" onClick={onClear}>
          {t("page.clearFilters")}
        </Button>
      )}
    </Group>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  choices: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** One filter with few choices; the first is all. */
export function FilterChoice({ label, value, choices, onChange }: ChoiceProps) {
  return <NativeSelect label={label} value={value} data={[...choices]} onChange={(event) => onChange(event.currentTarget.value)} w={160} />;
}
