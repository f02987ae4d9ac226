import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { consoleSession, type SignedIn } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { problemOf } from "./problem";

interface SignInFormProps {
  lead: string;
  /** Filled in already, after a session ended. */
  email?: string;
  onSignedIn: (administrator: SignedIn) => void;
}

/** Email and password, then the second factor where there is one. */
export function SignInForm({ lead, email: known = "", onSignedIn }: SignInFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const signIn = useMutation({
    mutationFn: (withCode: string | undefined) =>
      consoleSession.signIn({ Email: email.trim(), Password: password, ...(withCode === undefined ? {} : { Code: withCode }) }),
    onSuccess: ({ Administrator }) => onSignedIn(Administrator),
  });
  const [asksForCode, setAsksForCode] = useState(false);
  const problem = problemOf(signIn.error, asksForCode);
  if (problem === "code" && !asksForCode) setAsksForCode(true);

  const submitCode = (value: string) => {
    signIn.mutate(value, { onError: () => setCode("") });
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (asksForCode) submitCode(code);
        else signIn.mutate(undefined);
      }}
    >
      <Stack>
        {asksForCode ? (
          <CodeFields email={email} code={code} onCode={setCode} onComplete={submitCode} />
        ) : (
          <>
            <Text c="dimmed">{lead}</Text>
            <TextInput
              label={t("signIn.email")}
              type="email"
              name="email"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              required
             
              {...(known === "" ? { "data-autofocus": true } : {})}
            />
            <PasswordInput
              label={t("signIn.password")}
              name="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              required
             
              visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
              {...(known === "" ? {} : { "data-autofocus": true })}
            />
          </>
        )}
        <div role="alert">{problem !== undefined && problem !== "code" && <Alert color="red">{problem}</Alert>}</div>
        <Button type="submit" size="md" loading={signIn.isPending} fullWidth>
          {asksForCode ? t("signIn.codeSubmit") : t("signIn.submit")}
        </Button>
        {asksForCode && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => {
              setAsksForCode(false);
              setCode("");
              signIn.reset();
            }}
          >
            {t("signIn.otherAccount")}
          </Anchor>
        )}
      </Stack>
    </form>
  );
}

interface CodeFieldsProps {
  email: string;
  code: string;
  onCode: (code: string) => void;
  onComplete: (code: string) => void;
}

function CodeFields({ email, code, onCode, onComplete }: CodeFieldsProps) {
  const id = useId();
  return (
    <TextInput
      id={id}
      label={t("signIn.code")}
      description={t("signIn.codeLead", { email })}
      value={code}
      onChange={(event) => {
        const digits = event.currentTarget.value.replace(/\D/g, "").slice(0, 6);
        onCode(digits);
        if (digits.length === 6 && digits !== code) onComplete(digits);
      }}
      inputMode="numeric"
      autoComplete="one-time-code"
      maxLength={7}
      size="md"
      styles={{ input: { letterSpacing: "0.3em", fontVariantNumeric: "tabular-nums" } }}
      // The person has just pressed "Sign in"; the code is the only thing asked for next.
      ref={(input) => {
        if (input !== null && code === "") input.focus();
      }}
    />
  );
}
