import { Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { CopyField } from "@shared/ui/CopyField";
import { ImageInput } from "@shared/ui/ImageInput";
import { Section } from "@shared/ui/Section";
import { Faults } from "../forms/Faults";
import { Fields } from "../forms/Field";
import { useBuilder, useDocument } from "../forms/BuilderContext";
import { installation, settings } from "../forms/specs";
import { textAt } from "../model/json";

/** What the connector is, and what happens when it is installed. */
export function SettingsTab() {
  const { store, editable } = useBuilder();
  const document = useDocument();
  const identifier = textAt(document, ["uniqueIdentifier"]);
  return (
    <>
      <Faults pointer="" />
      <Section title={t("cb.tab.settings")}>
        <Stack gap="sm" maw={680}>
          <Fields path={[]} specs={settings} />
          <ImageInput
            label={t("cb.f.icon")}
            description={t("cb.h.icon")}
            value={textAt(document, ["icon"]) || null}
            onChange={(icon) => store.do({ kind: "set", path: ["icon"], value: icon ?? undefined })}
            disabled={!editable}
          />
          {identifier !== "" && <CopyField label={t("cb.f.uniqueIdentifier")} value={identifier} />}
        </Stack>
      </Section>
      <Section title={t("cb.installation")} description={t("cb.installationHint")}>
        <Stack gap="sm" maw={680}>
          <Fields path={[]} specs={installation} />
        </Stack>
      </Section>
    </>
  );
}
