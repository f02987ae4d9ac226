import "@shared/messages/en/reports";
import { Group } from "@mantine/core";
import { t } from "@shared/messages/t";
import { ButtonLink } from "@shared/ui/links";

interface ReportsNavProps {
  accountId: string;
  /** The report that is shown. */
  shown: "transactions" | "incidents" | "requests";
  /** Stays chosen in the other reports. */
  cycle: string | undefined;
}

/** The reports of an account. */
export function ReportsNav({ accountId, shown, cycle }: ReportsNavProps) {
  const search = cycle === undefined ? {} : { cycle };
  const look = (of: ReportsNavProps["shown"]) =>
    of === shown ? { variant: "light", "aria-current": "page" as const } : { variant: "subtle", color: "gray" };
  return (
    <Group component="nav" aria-label={t("reports.title")} gap="xs" mb="md">
      <ButtonLink to="/accounts/$accountId/reports" params={{ accountId }} search={search} size="sm" {...look("transactions")}>
        {t("transactions.title")}
      </ButtonLink>
      <ButtonLink to="/accounts/$accountId/reports/incidents" params={{ accountId }} search={search} size="sm" {...look("incidents")}>
        {t("incidents.title")}
      </ButtonLink>
      <ButtonLink to="/accounts/$accountId/reports/requests" params={{ accountId }} search={search} size="sm" {...look("requests")}>
        {t("requests.title")}
      </ButtonLink>
      <ButtonLink to="/reports/runs" search={{ account: accountId }} size="sm" variant="subtle" color="gray">
        {t("menu.runs")}
      </ButtonLink>
    </Group>
  );
}
