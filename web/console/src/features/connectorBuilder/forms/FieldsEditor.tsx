import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconWand } from "@tabler/icons-react";
import { useState } from "react";
import { fieldsOfSample, missingFields, SampleError } from "@shared/connector/sample";
import { t } from "@shared/messages/t";
import { toast } from "@shared/ui/toast";
import { listAt, textAt, type JsonObject, type Path } from "../model/json";
import { useBuilder, useDocument } from "./BuilderContext";
import { Fields } from "./Field";
import { ListField } from "./ListField";
import { field } from "./specs";

/** The fields of a request or response: typed in, or read from a sample. */
export function FieldsEditor({ path }: { path: Path }) {
  const [generating, setGenerating] = useState(false);
  return (
    <>
      <ListField
        path={path}
        label={t("cb.fields")}
        add={t("cb.add.field")}
        fresh={() => ({ connectorField: "" })}
        empty={t("cb.fieldsNone")}
        titleOf={(item) => textAt(item, ["connectorField"])}
        badgesOf={badgesOf}
        renderItem={(item) => <Fields path={item} specs={field} />}
        actions={
          <Button variant="default" size="compact-md" leftSection={<IconWand size={16} />} onClick={() => setGenerating(true)}>
            {t("cb.generate")}
          </Button>
        }
      />
      <Modal
        opened={generating}
        onClose={() => setGenerating(false)}
        title={t("cb.generate")}
        size="lg"
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        <GenerateFields path={path} onDone={() => setGenerating(false)} />
      </Modal>
    </>
  );
}

function badgesOf(item: JsonObject): string[] {
  const type = textAt(item, ["dataType"]);
  return [
    ...(type === "" ? [] : [type]),
    ...(item["optional"] === true ? [t("cb.optional")] : []),
    ...(item["hide"] === true ? [t("cb.hidden")] : []),
  ];
}

function GenerateFields({ path, onDone }: { path: Path; onDone: () => void }) {
  const { store } = useBuilder();
  const document = useDocument();
  const [sample, setSample] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = () => {
    try {
      const existing = listAt(document, path);
      const missing = missingFields(existing, fieldsOfSample(sample));
      if (missing.length > 0) store.do({ kind: "set", path, value: [...existing, ...missing] });
      toast(t("cb.generated", { count: missing.length }));
      onDone();
    } catch (error) {
      if (!(error instanceof SampleError)) throw error;
      setProblem(t(`cb.sample.${error.reason}`));
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t("cb.generateHint")}
        </Text>
        <Textarea
          label={t("cb.sampleLabel")}
          value={sample}
          onChange={(event) => setSample(event.currentTarget.value)}
          error={problem}
          rows={12}
          spellCheck={false}
          data-autofocus
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("form.cancel")}
          </Button>
          <Button type="submit">{t("cb.generate")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
