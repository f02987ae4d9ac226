import "@shared/messages/en/accounts";
import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable } from "@shared/ui/DataTable";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import { useAccountUsers, useAddUser, useRemoveUser } from "./useAccountChanges";
import { useSectionTitle } from "./useSectionTitle";

/** The people who may enter an account. */
export function AccountUsers({ accountId }: { accountId: string }) {
  useSectionTitle(accountId, t("account.users"));
  const users = useAccountUsers(accountId);
  const rights = useRights();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = useRemoveUser(accountId);
  const add = rights.manageAccounts && (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
      {t("account.addUser")}
    </Button>
  );

  const content = () => {
    if (users.isPending) return <PageSkeleton label={t("account.usersWhat")} rows={3} />;
    if (users.isLoadingError) return <PageError what={t("account.usersWhat")} error={users.error} onRetry={() => void users.refetch()} />;
    if (users.data.length === 0) {
      return <EmptyState icon={<IconUser size={34} stroke={1.4} />} title={t("account.usersNone")} hint={t("account.usersNoneHint")} action={add} />;
    }
    return (
      <>
        <Group justify="flex-end" mb="md">
          {add}
        </Group>
        <DataTable
          caption={t("account.usersCaption")}
          rows={users.data}
          rowKey={(user) => user}
          columns={[
            { key: "name", header: t("account.userName"), narrow: "title", cell: (user) => user },
            {
              key: "actions",
              header: t("actions"),
              headerHidden: true,
              align: "end",
              narrow: "plain",
              cell: (user) =>
                rights.manageAccounts && (
                  <Button size="compact-sm" variant="default" onClick={() => setRemoving(user)} aria-label={t("account.removeUserNamed", { name: user })}>
                    {t("account.removeUser")}
                  </Button>
                ),
            },
          ]}
        />
      </>
    );
  };

  return (
    <>
      {content()}
      <Modal opened={adding} onClose={() => setAdding(false)} title={t("account.addUser")} closeButtonProps={{ "aria-label": t("form.close") }}>
        <AddUserForm accountId={accountId} onClose={() => setAdding(false)} />
      </Modal>
      <ConfirmDialog
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t("account.removeUserTitle", { name: removing ?? "" })}
        text={t("account.removeUserText")}
        action={t("account.removeUser")}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (removing === null) return;
          remove.mutate(removing, {
            onSuccess: () => {
              toast(t("account.userRemoved", { name: removing }));
              setRemoving(null);
            },
          });
        }}
      />
    </>
  );
}

function AddUserForm({ accountId, onClose }: { accountId: string; onClose: () => void }) {
  const add = useAddUser(accountId);
  const form = useForm({
    initialValues: { name: "", password: "" },
    validate: {
      name: (name) => (name.trim() === "" ? t("form.required") : null),
      password: (password) => (password.length < 8 ? t("account.addUserPasswordHint") : null),
    },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ name, password }) =>
        add.mutate(
          { UserName: name.trim(), Password: password },
          {
            onSuccess: () => {
              toast(t("account.userAdded", { name: name.trim() }));
              onClose();
            },
          },
        ),
      )}
    >
      <Stack>
        <TextInput label={t("account.userName")} required autoComplete="off" data-autofocus {...form.getInputProps("name")} />
        <PasswordInput
          label={t("account.addUserPassword")}
          description={t("account.addUserPasswordHint")}
          required
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
          {...form.getInputProps("password")}
        />
        <ErrorNotice error={add.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {t("account.addUser")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
