import "@shared/messages/en/reports";
import { t } from "@shared/messages/t";
import { AnchorLink } from "@shared/ui/links";
import { remedyPlace } from "./status";
import { useStepConnector } from "./useReports";

interface RemedyLinkProps {
  accountId: string;
  cycleId: string;
  stepId: string | null | undefined;
  /** What went wrong, in the documented words. */
  message: string;
}

/** Leads to where the remedy of an incident is applied; nothing where there is no such place. */
export function RemedyLink({ accountId, cycleId, stepId, message }: RemedyLinkProps) {
  const place = remedyPlace(message);
  const connector = useStepConnector(accountId, stepId, place === "connector").data;
  const cycle = { to: "/accounts/$accountId/cycles/$cycleId", params: { accountId, cycleId } } as const;
  switch (place) {
    case undefined:
      return null;
    case "connector":
      if (connector == null) return null;
      return (
        <AnchorLink to="/accounts/$accountId/connectors/$accountConnectorId" params={{ accountId, accountConnectorId: String(connector.Id) }} size="sm" underline="always">
          {t("remedyLink.connector", { name: connector.Name })}
        </AnchorLink>
      );
    case "step":
    case "test":
      if (stepId == null) return null;
      return (
        <AnchorLink {...cycle} search={place === "test" ? { test: stepId } : { step: stepId }} size="sm" underline="always">
          {t(`remedyLink.${place}`)}
        </AnchorLink>
      );
    case "cycle":
    case "settings":
      return (
        <AnchorLink {...cycle} search={place === "settings" ? { tab: "settings" } : {}} size="sm" underline="always">
          {t(`remedyLink.${place}`)}
        </AnchorLink>
      );
  }
}
