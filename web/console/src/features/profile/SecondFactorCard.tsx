import "@shared/messages/en/profile";
import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { TotpEnrolment } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { QrCode } from "./QrCode";
import { useConfirmTotp, useRemoveTotp, useStartTotp } from "./useProfile";

/** The second factor: set up, confirmed, replaced, removed. */
export function SecondFactorCard({ enabled }: { enabled: boolean }) {
  const start = useStartTotp();
  const remove = useRemoveTotp();
  const [asking, setAsking] = useState<"replace" | "remove" | null>(null);
  const [password, setPassword] = useState("");
  const close = () => {
    setAsking(null);
    setPassword("");
  };
  const passwordField = (
    <PasswordInput
      label={t("signIn.password")}
      autoComplete="current-password"
      required
      value={password}
      onChange={(event) => setPassword(event.currentTarget.value)}
      visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
      data-autofocus
    />
  );

  return (
    <Section title={t("profile.totp")} description={t(enabled ? "profile.totpOn" : "profile.totpOff")}>
      {start.data !== undefined && <Enrolment enrolment={start.data} onDone={() => start.reset()} />}
      {start.data === undefined && !enabled && (
        <Button loading={start.isPending} onClick={() => start.mutate(undefined)}>
          {t("profile.totpStart")}
        </Button>
      )}
      {start.data === undefined && enabled && (
        <Group>
          <Button variant="default" onClick={() => setAsking("replace")}>
            {t("profile.totpRestart")}
          </Button>
          <Button variant="subtle" color="red" onClick={() => setAsking("remove")}>
            {t("profile.totpRemove")}
          </Button>
        </Group>
      )}
      <ErrorNotice error={asking === null ? start.error : null} title={t("profile.totp")} />
      <ConfirmDialog
        opened={asking === "replace"}
        onClose={close}
        title={t("profile.totpRestart")}
        text={t("profile.totpReplaceText")}
        action={t("profile.totpContinue")}
        harmless
        busy={start.isPending}
        error={start.error}
        onConfirm={() => start.mutate(password, { onSuccess: close })}
      >
        {passwordField}
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === "remove"}
        onClose={close}
        title={t("profile.totpRemoveTitle")}
        text={t("profile.totpRemoveText")}
        action={t("profile.totpRemove")}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(password, {
            onSuccess: () => {
              toast(t("profile.totpRemoved"));
              close();
            },
          })
        }
      >
        {passwordField}
      </ConfirmDialog>
    </Section>
  );
}

function Enrolment({ enrolment, onDone }: { enrolment: TotpEnrolment; onDone: () => void }) {
  const confirm = useConfirmTotp();
  const [code, setCode] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(code, { onSuccess: onDone });
      }}
    >
      <Stack maw={480}>
        <Text>{t("profile.totpScan")}</Text>
        <QrCode text={enrolment.OtpauthUri} label={t("profile.totpQr")} />
        <CopyField label={t("profile.totpKey")} value={enrolment.Secret} />
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
          <Button variant="default" onClick={onDone}>
            {t("form.cancel")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
