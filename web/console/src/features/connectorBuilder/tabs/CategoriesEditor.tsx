import { Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { Section } from "@shared/ui/Section";
import { Fields } from "../forms/Field";
import { KeyField } from "../forms/KeyField";
import { ListField } from "../forms/ListField";
import { category } from "../forms/specs";
import { textAt } from "../model/json";

/** What the categories are, in which order they stand, and which of them accounts may copy. */
export function CategoriesEditor() {
  return (
    <Section title={t("cb.categories")} description={t("cb.categoriesHint")}>
      <ListField
        path={["methodCategories"]}
        label={t("cb.categories")}
        labelHidden
        add={t("cb.add.category")}
        fresh={() => ({ name: t("cb.newCategory") })}
        titleOf={(item) => textAt(item, ["name"])}
        renderItem={(path) => (
          <Stack gap="sm" maw={560}>
            <KeyField path={[...path, "name"]} what="category" label="name" />
            <Fields path={path} specs={category} />
          </Stack>
        )}
      />
    </Section>
  );
}
