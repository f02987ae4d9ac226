import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { ScriptField } from "../forms/ScriptField";

/** Handlers that run for every method. */
export function ScriptTab() {
  return (
    <Section title={t("cb.tab.script")}>
      <ScriptField owner={[]} description={t("cb.scriptHint")} />
    </Section>
  );
}
