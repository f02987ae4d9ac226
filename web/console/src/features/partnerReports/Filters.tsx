import "@shared/messages/en/partnerReports";
import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import type { RunsSearch } from "./search";

interface FiltersProps {
  account: string | undefined;
  onAccount: (account: string) => void;
  /** How far back; left out where a report has no choice. */
  period?: { value: RunsSearch["period"]; onChange: (period: string) => void };
}

/** The account, and how far back. */
export function Filters({ account, onAccount, period }: FiltersProps) {
  const [text, setText] = useQueryText(account ?? "", onAccount);
  return (
    <Group component="section" aria-label={t("partnerReports.filters")} mb="lg" gap="sm" align="flex-end">
      <TextInput label={t("partnerReports.account")} value={text} onChange={(event) => setText(event.currentTarget.value)} w={220} />
      {period !== undefined && (
        <NativeSelect
          label={t("runs.period")}
          value={period.value ?? ""}
          onChange={(event) => period.onChange(event.currentTarget.value)}
          data={[
            { value: "day", label: t("runs.period.day") },
            { value: "", label: t("runs.period.week") },
            { value: "month", label: t("runs.period.month") },
            { value: "year", label: t("runs.period.year") },
          ]}
          w={160}
        />
      )}
      {account !== undefined && (
        <Button variant="subtle" onClick={() => onAccount("")}>
          {t("page.clearFilters")}
        </Button>
      )}
    </Group>
  );
}
