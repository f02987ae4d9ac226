import { t } from "@shared/messages/t";
import { Fields } from "../forms/Field";
import { ListField } from "../forms/ListField";
import { parameter } from "../forms/specs";
import { textAt, type JsonObject, type Path } from "../model/json";

/** The parameters of the connector or of a method. */
export function ParameterList({ path, empty }: { path: Path; empty: string }) {
  return (
    <ListField
      path={path}
      label={t("cb.tab.parameters")}
      labelHidden
      add={t("cb.add.parameter")}
      fresh={() => ({ targetType: "QueryString", targetName: "" })}
      empty={empty}
      titleOf={(item) => textAt(item, ["targetName"])}
      badgesOf={badgesOf}
      renderItem={(item) => <Fields path={item} specs={parameter} />}
    />
  );
}

function badgesOf(item: JsonObject): string[] {
  return [
    textAt(item, ["targetType"]),
    ...(item["hide"] === true ? [t("cb.hidden")] : []),
    ...(item["optional"] === true ? [t("cb.optional")] : []),
    ...(item["accountConnectorProperty"] === true ? [t("cb.account")] : []),
    ...(item["partnerConnectorProperty"] === true ? [t("cb.partner")] : []),
  ];
}
