import { NativeSelect, Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { fieldId, useAt, useBuilder, useDocument, useFaults } from "../forms/BuilderContext";
import { CredentialFields } from "../forms/CredentialFields";
import { Fields } from "../forms/Field";
import { KeyField } from "../forms/KeyField";
import { ListField } from "../forms/ListField";
import { authentication } from "../forms/specs";
import { ofAuthenticationType } from "../model/fresh";
import { isObject, pointerOf, textAt, type JsonObject, type Path } from "../model/json";
import { freeKey, namesOf } from "../model/references";

const types = ["None", "ApiKey", "Basic", "OAuth1", "OAuth2", "AuthFields"] as const;

/** The ways to authenticate, of which an installation takes one. */
export function AuthenticationTab() {
  const document = useDocument();
  return (
    <Section title={t("cb.tab.authentication")} description={t("cb.authenticationHint")}>
      <ListField
        path={["authentications"]}
        label={t("cb.tab.authentication")}
        labelHidden
        add={t("cb.add.authentication")}
        fresh={() => ({ key: freeKey("api-key", namesOf(document, "authentication")), name: "API Key", type: "ApiKey", authScheme: "Authorization" })}
        titleOf={titleOf}
        badgesOf={(item) => [textAt(item, ["type"]), ...(item["default"] === true ? [t("cb.f.defaultWay")] : [])]}
        renderItem={(path) => <Authentication path={path} />}
      />
    </Section>
  );
}

function titleOf(item: JsonObject): string {
  const name = textAt(item, ["name"]);
  return name === "" ? textAt(item, ["key"]) : name;
}

function Authentication({ path }: { path: Path }) {
  const { store, editable } = useBuilder();
  const value = useAt(path);
  const pointer = pointerOf([...path, "type"]);
  const faults = useFaults(pointer);
  const item = isObject(value) ? value : {};
  return (
    <Stack gap="sm" maw={720}>
      <KeyField path={[...path, "key"]} what="authentication" label="cb.f.key" hint="cb.h.key" />
      <NativeSelect
        id={fieldId(pointer)}
        label={t("cb.f.authType")}
        value={textAt(item, ["type"])}
        onChange={(event) => store.do({ kind: "set", path, value: ofAuthenticationType(item, event.currentTarget.value) })}
        data={types.map((type) => ({ value: type, label: t(`cb.auth.${type}`) }))}
        error={faults.length === 0 ? undefined : faults.join(" ")}
        disabled={!editable}
        maw={420}
      />
      <Fields path={path} specs={authentication} />
      {item["type"] !== "None" && <CredentialFields path={[...path, "fields"]} />}
    </Stack>
  );
}
