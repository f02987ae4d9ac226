import "@shared/messages/en/profile";
import { Button, Container } from "@mantine/core";
import { t } from "@shared/messages/t";
import { PageHeader } from "@shared/ui/PageHeader";
import { SecondFactorCard } from "./SecondFactorCard";

/** All that is open to somebody who still owes a second factor. */
export function RequiredSecondFactorPage({ onSignOut }: { onSignOut: () => void }) {
  return (
    <Container component="main" size="sm" py={48}>
      <PageHeader
        title={t("profile.totpRequired")}
        lead={t("profile.totpRequiredLead")}
        actions={
          <Button variant="default" onClick={onSignOut}>
            {t("menu.signOut")}
          </Button>
        }
      />
      <SecondFactorCard enabled={false} />
    </Container>
  );
}
