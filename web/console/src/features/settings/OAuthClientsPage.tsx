import "@shared/messages/en/settings";
import { t } from "@shared/messages/t";
import { PageHeader } from "@shared/ui/PageHeader";
import { AccessTokens } from "./AccessTokens";
import { ClientCredentials } from "./ClientCredentials";
import { PasswordGrant } from "./PasswordGrant";

/** **OAuth Client Credentials**: what programs use to call the API. */
export function OAuthClientsPage() {
  return (
    <>
      <PageHeader title={t("oauth.title")} lead={t("oauth.lead")} />
      <ClientCredentials />
      <AccessTokens />
      <PasswordGrant />
    </>
  );
}
