import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { ParameterList } from "./ParameterList";

/** Parameters that every method has. */
export function ParametersTab() {
  return (
    <Section title={t("cb.tab.parameters")} description={t("cb.parametersHint")}>
      <ParameterList path={["parameters"]} empty={t("cb.parametersNone")} />
    </Section>
  );
}
