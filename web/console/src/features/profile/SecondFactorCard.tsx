import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { QrCode } from "./QrCode";
import { useConfirmTotp, useRemoveTotp, useStartTotp } from "./useProfile";

/** The second factor: set up, confirmed, removed. */
export function SecondFactorCard({ enabled }: { enabled: boolean | undefined }) {
  const start = useStartTotp();
  const confirm = useConfirmTotp();
  const remove = useRemoveTotp();
  const [code, setCode] = useState("");
  const [removing, setRemoving] = useState(false);
  const [password, setPassword] = useState("");

  return (
    <Section title={t("profile.totp")} description={t(enabled === true ? "profile.totpOn" : "profile.totpOff")}>
      {start.data === undefined ? (
        <Group>
          <Button variant={enabled === true ? "default" : "filled"} loading={start.isPending} onClick={() => start.mutate()}>
            {t(enabled === true ? "profile.totpRestart" : "profile.totpStart")}
          </Button>
          {enabled !== false && (
            <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
              {t("profile.totpRemove")}
            </Button>
          )}
        </Group>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            confirm.mutate(code, {
              onSuccess: () => {
                toast(t("profile.totpDone"));
                start.reset();
                setCode("");
              },
            });
          }}
        >
          <Stack maw={480}>
            <Text>{t("profile.totpScan")}</Text>
            <QrCode text={start.data.OtpauthUri} label={t("profile.totpQr")} />
            <CopyField label={t("profile.totpKey")} value={start.data.Secret} />
            <TextInput
              label={t("profile.totpCode")}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(event) => setCode(event.currentTarget.value.replace(/\D/g, "").slice(0, 6))}
            />
            <ErrorNotice error={confirm.error} />
            <Group>
              <Button type="submit" loading={confirm.isPending} disabled={code.length !== 6}>
                {t("profile.totpConfirm")}
              </Button>
              <Button variant="default" onClick={() => start.reset()}>
                {t("form.cancel")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      <ErrorNotice error={start.error} title={t("profile.totp")} />
      <ConfirmDialog
        opened={removing}
        onClose={() => setRemoving(false)}
        title={t("profile.totpRemoveTitle")}
        text={t("profile.totpRemoveText")}
        action={t("profile.totpRemove")}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(password, {
            onSuccess: () => {
              toast(t("profile.totpRemoved"));
              setRemoving(false);
              setPassword("");
            },
          })
        }
      >
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
          data-autofocus
        />
      </ConfirmDialog>
    </Section>
  );
}
