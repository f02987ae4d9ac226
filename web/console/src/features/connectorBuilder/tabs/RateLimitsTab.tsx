import { Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { Fields } from "../forms/Field";
import { ListField } from "../forms/ListField";
import { RateFields } from "../forms/RateFields";
import { paging } from "../forms/specs";
import { textAt, type JsonObject } from "../model/json";

/** How fast the product may be called, and how its lists are paged. */
export function RateLimitsTab() {
  return (
    <>
      <Section title={t("cb.tab.rateLimits")} description={t("cb.rateHint")}>
        <ListField
          path={["rateLimits"]}
          label={t("cb.tab.rateLimits")}
          labelHidden
          add={t("cb.add.rate")}
          fresh={() => ({ scope: "AccountConnector", maxRequestsPerSecond: 10 })}
          empty={t("cb.rateNone")}
          titleOf={rateTitle}
          renderItem={(path) => <RateFields path={path} />}
        />
      </Section>
      <Section title={t("cb.paging")} description={t("cb.pagingHint")}>
        <Stack gap="sm" maw={560}>
          <Fields path={["paging"]} specs={paging(false)} />
        </Stack>
      </Section>
    </>
  );
}

function rateTitle(rate: JsonObject): string {
  return "secondsBetweenRequests" in rate
    ? t("cb.rate.between", { count: textAt(rate, ["secondsBetweenRequests"]) })
    : t("cb.rate.perSecond", { count: textAt(rate, ["maxRequestsPerSecond"]) });
}
