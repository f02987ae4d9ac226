import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { consoleSession, type Branding } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { isStrongPassword } from "@shared/session/password";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { ButtonLink } from "@shared/ui/links";
import { SignInFrame } from "./SignInPage";

interface InvitationPageProps {
  token: string;
  branding: Branding | undefined;
  onAccepted: () => void;
}

/** Where an invited administrator chooses a password. */
export function InvitationPage({ token, branding, onAccepted }: InvitationPageProps) {
  if (token === "") {
    return (
      <SignInFrame title={t("invitation.noToken")} branding={branding}>
        <Text mb="lg">{t("invitation.noTokenLead")}</Text>
        <ButtonLink to="/">{t("invitation.toSignIn")}</ButtonLink>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title={t("invitation.title")} branding={branding}>
      <InvitationForm token={token} onAccepted={onAccepted} />
    </SignInFrame>
  );
}

function InvitationForm({ token, onAccepted }: { token: string; onAccepted: () => void }) {
  const form = useForm({
    initialValues: { name: "", password: "" },
    validate: { password: (password) => (isStrongPassword(password) ? null : t("password.weak")) },
  });
  const accept = useMutation({
    mutationFn: ({ name, password }: { name: string; password: string }) =>
      consoleSession.acceptInvitation({ Token: token, Name: name.trim(), Password: password }),
    onSuccess: onAccepted,
  });
  return (
    <form onSubmit={form.onSubmit((values) => accept.mutate(values))}>
      <Stack>
        <Text c="dimmed">{t("invitation.lead")}</Text>
        <TextInput label={t("invitation.name")} autoComplete="name" required {...form.getInputProps("name")} />
        <PasswordInput
          label={t("invitation.password")}
          description={t("invitation.passwordHint")}
          autoComplete="new-password"
          required
         
          visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
          {...form.getInputProps("password")}
        />
        <ErrorNotice error={accept.error} />
        <Button type="submit" size="md" loading={accept.isPending}>
          {t("invitation.submit")}
        </Button>
      </Stack>
    </form>
  );
}
