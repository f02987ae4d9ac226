import "@shared/messages/en/accountConnectors";
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { shownAs } from "@shared/connector/json";
import { fieldsOfSample, SampleError } from "@shared/connector/sample";
import type { DataType } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { fieldsToAdd, fieldToWire, type FieldPlace } from "./customFields";
import { useAddFields } from "./useCustomFields";

/** More than this no list of fields helps anybody, and adding them takes long. */
const mostFields = 1_000;

interface GenerateDialogProps {
  accountId: string;
  accountConnectorId: number;
  place: FieldPlace;
  /** Locations in use. */
  taken: ReadonlySet<string>;
  onClose: () => void;
}

/** **Generate Fields**: reads a pasted sample and adds the fields that are missing. */
export function GenerateDialog({ accountId, accountConnectorId, place, taken, onClose }: GenerateDialogProps) {
  const { work, progress } = useAddFields(accountId, accountConnectorId);
  const [sample, setSample] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = () => {
    setProblem(undefined);
    try {
      const found = fieldsOfSample(sample).map(({ connectorField, dataType }) => ({
        location: shownAs(connectorField ?? ""),
        type: (dataType ?? "Text") as DataType,
      }));
      const missing = fieldsToAdd(found, taken);
      if (missing.length === 0) setProblem(t("fields.allThere"));
      else if (missing.length > mostFields) setProblem(t("fields.tooMany", { count: missing.length, most: mostFields }));
      else {
        work.mutate(
          missing.map((values) => fieldToWire(values, place)),
          {
            onSuccess: (count) => {
              toast(t("fields.generated", { count }));
              onClose();
            },
          },
        );
      }
    } catch (error) {
      if (!(error instanceof SampleError)) throw error;
      setProblem(t(`fields.sample.${error.reason}`));
    }
  };
  return (
    <Modal
      opened
      onClose={() => {
        if (!work.isPending) onClose();
      }}
      title={t("fields.generate")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!work.isPending) submit();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t("fields.generateHint")}
          </Text>
          <Textarea
            label={t("fields.sampleLabel")}
            value={sample}
            onChange={(event) => setSample(event.currentTarget.value)}
            error={problem}
            rows={12}
            spellCheck={false}
            data-autofocus
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
          />
          <ErrorNotice error={work.error} title={t("fields.stopped", { done: progress.done, total: progress.total })} />
          <Group justify="flex-end">
            <Text size="sm" c="dimmed" role="status" mr="auto">
              {work.isPending ? t("fields.progress", { done: progress.done, total: progress.total }) : ""}
            </Text>
            <Button variant="default" onClick={onClose} disabled={work.isPending}>
              {t("form.cancel")}
            </Button>
            <Button type="submit" loading={work.isPending}>
              {t("fields.generate")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
