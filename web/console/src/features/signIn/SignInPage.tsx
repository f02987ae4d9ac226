import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Branding } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { useAppName, usePageTitle } from "@shared/ui/usePageTitle";
import { SignInForm } from "./SignInForm";
import { Track } from "./Track";
import classes from "./SignIn.module.css";

interface SignInPageProps {
  branding: Branding | undefined;
  onSignedIn: () => void;
}

/** The way in. */
export function SignInPage({ branding, onSignedIn }: SignInPageProps) {
  return (
    <SignInFrame title={t("signIn.title")} branding={branding}>
      <SignInForm lead={t("signIn.lead")} onSignedIn={onSignedIn} />
    </SignInFrame>
  );
}

/** The page around a form for people who are not signed in. */
export function SignInFrame({ title, branding, children }: { title: string; branding: Branding | undefined; children: ReactNode }) {
  usePageTitle(title);
  const app = useAppName();
  return (
    <main className={classes.page}>
      <div className={classes.form}>
        {branding?.SignInLogo ? (
          <img className={classes.logo} src={branding.SignInLogo} alt={app} />
        ) : (
          <p className={classes.wordmark}>{app}</p>
        )}
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {children}
      </div>
      <div className={classes.picture} aria-hidden="true">
        <Track />
        <p className={classes.tagline}>{t("signIn.tagline")}</p>
      </div>
    </main>
  );
}
