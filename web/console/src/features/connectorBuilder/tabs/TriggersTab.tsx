import { Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { useDocument } from "../forms/BuilderContext";
import { Fields } from "../forms/Field";
import { KeyField } from "../forms/KeyField";
import { ListField } from "../forms/ListField";
import { trigger } from "../forms/specs";
import { textAt } from "../model/json";
import { namesOf } from "../model/references";

/** Lookups, which offer values for parameters and fields. */
export function TriggersTab() {
  const document = useDocument();
  return (
    <Section title={t("cb.tab.triggers")} description={t("cb.triggersHint")}>
      <ListField
        path={["triggers"]}
        label={t("cb.tab.triggers")}
        labelHidden
        add={t("cb.add.trigger")}
        fresh={() => ({ name: freeName(namesOf(document, "trigger")), method: "", identifierKey: "[data].id", humanReadableKey: "[data].name" })}
        empty={t("cb.triggersNone")}
        titleOf={(item) => textAt(item, ["name"])}
        badgesOf={(item) => (textAt(item, ["method"]) === "" ? [] : [textAt(item, ["method"])])}
        renderItem={(path) => (
          <Stack gap="sm" maw={720}>
            <KeyField path={[...path, "name"]} what="trigger" label="cb.f.triggerName" />
            <Fields path={path} specs={trigger} />
          </Stack>
        )}
      />
    </Section>
  );
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = t("cb.newTrigger", { number });
    if (!taken.includes(name)) return name;
  }
}
