import "@shared/messages/en/profile";
import { t } from "@shared/messages/t";
import { useSession } from "@shared/session/SessionContext";
import { PageHeader } from "@shared/ui/PageHeader";
import { PasswordCard } from "./PasswordCard";
import { SecondFactorCard } from "./SecondFactorCard";
import { SessionsCard } from "./SessionsCard";

/** The signed-in administrator's own page: second factor, password, sessions. */
export function ProfilePage() {
  const { Administrator: who } = useSession();
  return (
    <>
      <PageHeader title={t("profile.title")} lead={who.Username} />
      <SecondFactorCard enabled={who.TotpEnabled} />
      <PasswordCard />
      <SessionsCard />
    </>
  );
}
