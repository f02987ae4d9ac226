import "@shared/messages/en/users";
import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { useCreateUser, useSetPassword } from "./useUsers";

/** The shortest password that the server takes for a user. */
const shortest = 8;

interface UserDialogProps {
  /** Whose password is set; a new user when left out. */
  userName?: string;
  onClose: () => void;
}

/** Makes a user, or sets the password of one. */
export function UserDialog({ userName, onClose }: UserDialogProps) {
  const isNew = userName === undefined;
  const create = useCreateUser();
  const set = useSetPassword();
  const work = isNew ? create : set;
  const form = useForm({
    initialValues: { name: userName ?? "", password: "" },
    validate: {
      name: (name) => (name.trim() === "" ? t("form.required") : null),
      password: (password) => (password.length < shortest ? t("users.passwordShort", { count: shortest }) : null),
    },
  });
  const submit = form.onSubmit(({ name, password }) =>
    work.mutate(
      { UserName: name.trim(), Password: password },
      {
        onSuccess: () => {
          toast(t(isNew ? "users.added" : "users.passwordSet", { name: name.trim() }));
          onClose();
        },
      },
    ),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={isNew ? t("users.add") : t("users.setPasswordOf", { name: userName })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form noValidate onSubmit={submit}>
        <Stack>
          {!isNew && <Text size="sm">{t("users.setPasswordText")}</Text>}
          {isNew && <TextInput label={t("users.userName")} required autoComplete="off" maxLength={256} data-autofocus {...form.getInputProps("name")} />}
          <PasswordInput
            label={t(isNew ? "users.password" : "users.newPassword")}
            description={t("users.passwordHint", { count: shortest })}
            required
            autoComplete="new-password"
            {...(isNew ? {} : { "data-autofocus": true })}
            visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
            {...form.getInputProps("password")}
          />
          {isNew && (
            <Text size="sm" c="dimmed">
              {t("users.addHint")}
            </Text>
          )}
          <ErrorNotice error={work.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("form.cancel")}
            </Button>
            <Button type="submit" loading={work.isPending}>
              {t(isNew ? "users.add" : "users.setPassword")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
