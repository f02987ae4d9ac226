import "@shared/messages/en/settings";
import { Badge, Button, Group, Modal, NativeSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconMailPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Administrator, AdministratorRole, AdministratorUpdate } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useSession } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField } from "@shared/ui/CopyField";
import { DataTable } from "@shared/ui/DataTable";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { useAdministrators, useInvite, useRemoveAdministrator, useUpdateAdministrator } from "./useAdministrators";

const roles: AdministratorRole[] = ["Administrator", "Builder", "Support", "ReadOnly"];
const roleChoices = roles.map((value) => ({ value, label: `${t(`admins.role.${value}`)} – ${t(`admins.role.${value}.hint`)}` }));

/** **Console Administrators**: who may sign in, and as what. */
export function AdministratorsPage() {
  const administrators = useAdministrators();
  const { Administrator: me } = useSession();
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Administrator | null>(null);
  const update = useUpdateAdministrator();
  const remove = useRemoveAdministrator();
  const change = (administrator: Administrator, body: AdministratorUpdate) =>
    update.mutate(
      { id: administrator.Id, body },
      {
        onSuccess: () => toast(t("admins.saved", { name: administrator.Username })),
        onError: (error) => toastFailure(administrator.Username, error),
      },
    );

  return (
    <>
      <PageHeader
        title={t("admins.title")}
        lead={t("admins.lead")}
        actions={
          <Button leftSection={<IconMailPlus size={18} />} onClick={() => setInviting(true)}>
            {t("admins.invite")}
          </Button>
        }
      />
      {administrators.isPending && <PageSkeleton label={t("admins.what")} rows={3} />}
      {administrators.isLoadingError && <PageError what={t("admins.what")} error={administrators.error} onRetry={() => void administrators.refetch()} />}
      {administrators.data !== undefined && (
        <DataTable
          caption={t("admins.caption")}
          rows={administrators.data}
          rowKey={(administrator) => administrator.Id}
          columns={[
            {
              key: "username",
              header: t("admins.username"),
              narrow: "title",
              cell: (administrator) => (
                <Group gap="xs">
                  <Text component="span" fw={560}>
                    {administrator.Username}
                  </Text>
                  {administrator.Id === me.Id && <Badge size="sm" variant="light">{t("admins.you")}</Badge>}
                  {administrator.InvitationPending === true && (
                    <Badge size="sm" variant="light" color="orange">
                      {t("admins.pending")}
                    </Badge>
                  )}
                </Group>
              ),
            },
            { key: "name", header: t("name"), cell: (administrator) => administrator.Name ?? "–" },
            { key: "login", header: t("admins.lastLogin"), cell: (administrator) => <When value={administrator.LastLoginUtc} /> },
            {
              key: "role",
              header: t("admins.role"),
              cell: (administrator) => (
                <NativeSelect
                  size="sm"
                  aria-label={t("admins.roleOf", { name: administrator.Username })}
                  value={administrator.Role ?? "Administrator"}
                  data={roles.map((value) => ({ value, label: t(`admins.role.${value}`) }))}
                  onChange={(event) => change(administrator, { Role: event.currentTarget.value as AdministratorRole })}
                  disabled={administrator.Id === me.Id}
                />
              ),
            },
            {
              key: "notifications",
              header: t("admins.notifications"),
              cell: (administrator) => (
                <Switch
                  aria-label={t("admins.notificationsFor", { name: administrator.Username })}
                  checked={administrator.AccountActivityNotifications}
                  onChange={(event) => change(administrator, { AccountActivityNotifications: event.currentTarget.checked })}
                />
              ),
            },
            {
              key: "actions",
              header: t("actions"),
              headerHidden: true,
              align: "end",
              narrow: "plain",
              cell: (administrator) => (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="red"
                  disabled={administrators.data.length === 1}
                  title={administrators.data.length === 1 ? t("admins.last") : undefined}
                  onClick={() => setRemoving(administrator)}
                >
                  {t("admins.remove")}
                </Button>
              ),
            },
          ]}
        />
      )}
      <Modal opened={inviting} onClose={() => setInviting(false)} title={t("admins.invite")} closeButtonProps={{ "aria-label": t("form.close") }}>
        <InviteForm onClose={() => setInviting(false)} />
      </Modal>
      <ConfirmDialog
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t("admins.removeTitle", { name: removing?.Username ?? "" })}
        text={t("admins.removeText")}
        action={t("admins.remove")}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (removing === null) return;
          remove.mutate(removing.Id, {
            onSuccess: () => {
              toast(t("admins.removed", { name: removing.Username }));
              setRemoving(null);
            },
          });
        }}
      />
    </>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const form = useForm({
    initialValues: { email: "", role: "Administrator" as AdministratorRole },
    validate: { email: (email) => (/^\S+@\S+$/.test(email.trim()) ? null : t("admins.emailRequired")) },
  });
  const link = invite.data?.InvitationUrl;
  if (link) {
    return (
      <Stack>
        <CopyField label={t("admins.link")} description={t("admins.linkHint")} value={link} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("form.close")}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ email, role }) =>
        invite.mutate(
          { Email: email.trim(), Role: role },
          {
            onSuccess: (invited) => {
              toast(t("admins.invited", { email: email.trim() }));
              if (!invited.InvitationUrl) onClose();
            },
          },
        ),
      )}
    >
      <Stack>
        <TextInput label={t("admins.email")} type="email" required data-autofocus {...form.getInputProps("email")} />
        <NativeSelect label={t("admins.role")} data={roleChoices} {...form.getInputProps("role")} />
        <ErrorNotice error={invite.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={invite.isPending}>
            {t("admins.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
