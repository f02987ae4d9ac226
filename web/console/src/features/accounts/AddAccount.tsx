import "@shared/messages/en/accounts";
import { Button, Group, Modal, NumberInput, Select, Stack, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { timeZones } from "@shared/ui/time";
import { toast } from "@shared/ui/toast";
import { accountToCreate } from "./accountForm";
import { useCreateAccount } from "./useAccountChanges";

interface AddAccountProps {
  opened: boolean;
  onClose: () => void;
  /** Makes a sub account of this one. */
  parentId?: string;
}

/** **Add New Account**, or a sub account. */
export function AddAccount({ opened, onClose, parentId }: AddAccountProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t(parentId === undefined ? "accounts.add" : "accounts.addSub")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <AddAccountForm onClose={onClose} {...(parentId === undefined ? {} : { parentId })} />
    </Modal>
  );
}

function AddAccountForm({ onClose, parentId }: Omit<AddAccountProps, "opened">) {
  const navigate = useNavigate();
  const create = useCreateAccount();
  const form = useForm({
    initialValues: { name: "", id: "", description: "", timezone: browserZone(), limit: "" as number | "" },
    validate: { name: (name) => (name.trim() === "" ? t("accounts.nameRequired") : null) },
  });
  const submit = form.onSubmit((values) =>
    create.mutate(accountToCreate(values, parentId), {
      onSuccess: (account) => {
        toast(t("accounts.created", { name: account.Name }));
        void navigate({ to: "/accounts/$accountId/connectors", params: { accountId: account.Id } });
      },
      onError: (error) => {
        if (error instanceof ApiError && error.code === "account.id_in_use") form.setFieldError("id", error.message);
      },
    }),
  );
  const idInUse = create.error instanceof ApiError && create.error.code === "account.id_in_use";
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={t("name")} required data-autofocus {...form.getInputProps("name")} />
        <TextInput label={t("accounts.apiId")} description={t("accounts.apiIdHint")} maxLength={128} spellCheck={false} {...form.getInputProps("id")} />
        <Textarea label={t("description")} autosize minRows={2} {...form.getInputProps("description")} />
        <Select label={t("accounts.timezone")} data={timeZones()} searchable allowDeselect={false} {...form.getInputProps("timezone")} />
        <NumberInput
          label={t("accounts.limit")}
          description={t("accounts.limitHint")}
          min={1}
          allowDecimal={false}
          {...form.getInputProps("limit")}
        />
        <ErrorNotice error={idInUse ? null : create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("accounts.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The zone of whoever adds the account: most customers are near. */
function browserZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return timeZones().includes(zone) ? zone : "UTC";
}
