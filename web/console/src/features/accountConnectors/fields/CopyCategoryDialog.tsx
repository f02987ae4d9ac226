import "@shared/messages/en/accountConnectors";
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { CategoryCopy } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { useCopyCategory } from "./useCustomFields";

interface CopyCategoryDialogProps {
  accountId: string;
  accountConnectorId: number;
  category: string;
  onClose: () => void;
  onCopied: (copy: CategoryCopy) => void;
}

/** **Copy this Category to create a Custom Object Category**. */
export function CopyCategoryDialog({ accountId, accountConnectorId, category, onClose, onCopied }: CopyCategoryDialogProps) {
  const copy = useCopyCategory(accountId, accountConnectorId);
  const form = useForm({
    initialValues: { object: "", value: "" },
    validate: { object: (object) => (object.trim() === "" ? t("form.required") : null) },
  });
  return (
    <Modal
      opened
      onClose={() => {
        if (!copy.isPending) onClose();
      }}
      title={t("copies.title", { category })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form
        noValidate
        onSubmit={form.onSubmit(({ object, value }) =>
          copy.mutate(
            { SourceCategory: category, ObjectName: object.trim(), ObjectValue: value.trim() === "" ? null : value.trim() },
            {
              onSuccess: (made) => {
                toast(t("copies.made", { name: made.ObjectName }));
                onCopied(made);
              },
            },
          ),
        )}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t("copies.lead")}
          </Text>
          <TextInput label={t("copies.object")} description={t("copies.objectHint")} required autoComplete="off" data-autofocus {...form.getInputProps("object")} />
          <TextInput label={t("copies.value")} description={t("copies.valueHint")} autoComplete="off" spellCheck={false} {...form.getInputProps("value")} />
          <ErrorNotice error={copy.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={copy.isPending}>
              {t("form.cancel")}
            </Button>
            <Button type="submit" loading={copy.isPending}>
              {t("copies.copy")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
