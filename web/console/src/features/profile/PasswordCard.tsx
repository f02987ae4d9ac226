import "@shared/messages/en/profile";
import { PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { t } from "@shared/messages/t";
import { isStrongPassword } from "@shared/session/password";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { useChangePassword } from "./useProfile";

/** Changing one's own password. */
export function PasswordCard() {
  const change = useChangePassword();
  const form = useForm({
    initialValues: { current: "", next: "" },
    validate: {
      current: (current) => (current === "" ? t("form.required") : null),
      next: (next) => (isStrongPassword(next) ? null : t("password.weak")),
    },
  });
  return (
    <Section title={t("profile.password")}>
      <form
        noValidate
        onSubmit={form.onSubmit(({ current, next }) =>
          change.mutate(
            { Current: current, New: next },
            {
              onSuccess: () => {
                form.reset();
                toast(t("profile.changed"));
              },
            },
          ),
        )}
      >
        <Stack maw={480}>
          <PasswordInput
            label={t("profile.current")}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
            {...form.getInputProps("current")}
          />
          <PasswordInput
            label={t("profile.new")}
            description={t("invitation.passwordHint")}
            autoComplete="new-password"
            required
            visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
            {...form.getInputProps("next")}
          />
          <ErrorNotice error={change.error} />
        </Stack>
        <SaveBar busy={change.isPending} label={t("profile.change")} />
      </form>
    </Section>
  );
}
