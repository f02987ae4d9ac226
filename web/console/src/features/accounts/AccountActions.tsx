import "@shared/messages/en/accounts";
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconPlayerPause, IconPlayerPlay, IconSettings, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Account } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { MenuLink } from "@shared/ui/links";
import { toast, toastFailure } from "@shared/ui/toast";
import { useDeleteAccount, useSuspension } from "./useAccountChanges";

interface AccountActionsProps {
  account: Account;
  /** What to do once the account is gone. */
  onDeleted?: () => void;
}

/** What can be done with an account besides opening it. */
export function AccountActions({ account, onDeleted }: AccountActionsProps) {
  const rights = useRights();
  const [asking, setAsking] = useState<"suspend" | "delete" | null>(null);
  const suspension = useSuspension(account.Id);
  const name = account.Name;
  const remove = useDeleteAccount(account.Id, () => {
    setAsking(null);
    toast(t("accounts.deleted", { name }));
    onDeleted?.();
  });

  const suspend = () =>
    suspension.mutate(true, {
      onSuccess: () => {
        setAsking(null);
        toast(t("accounts.suspendedDone", { name }));
      },
    });
  const resume = () =>
    suspension.mutate(false, {
      onSuccess: () => toast(t("accounts.resumedDone", { name })),
      onError: (error) => toastFailure(t("accounts.resume"), error),
    });

  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("accounts.more", { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuLink to="/accounts/$accountId/settings" params={{ accountId: account.Id }} leftSection={<IconSettings size={16} />}>
            {t("accounts.settings")}
          </MenuLink>
          {rights.manageAccounts && (
            <>
              {account.IsSuspended === true ? (
                <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={resume}>
                  {t("accounts.resume")}
                </Menu.Item>
              ) : (
                <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => setAsking("suspend")}>
                  {t("accounts.suspend")}
                </Menu.Item>
              )}
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setAsking("delete")}>
                {t("accounts.delete")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        opened={asking === "suspend"}
        onClose={() => setAsking(null)}
        title={t("accounts.suspendTitle", { name })}
        text={t("accounts.suspendText")}
        action={t("accounts.suspend")}
        onConfirm={suspend}
        busy={suspension.isPending}
        error={suspension.error}
      />
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={() => setAsking(null)}
        title={t("accounts.deleteTitle", { name })}
        text={t("accounts.deleteText")}
        action={t("accounts.delete")}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        error={remove.error}
        typedName={name}
      />
    </>
  );
}
