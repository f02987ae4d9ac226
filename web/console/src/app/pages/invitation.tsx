import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { InvitationPage } from "@features/signIn/InvitationPage";
import { brandingQuery } from "../branding";

const route = getRouteApi("/invitation");

/** Accepting an invitation; a full load afterwards shows the sign-in page. */
export function Invitation() {
  const { token } = route.useSearch();
  const branding = useQuery(brandingQuery).data;
  return <InvitationPage token={token} branding={branding} onAccepted={() => window.location.assign(import.meta.env.BASE_URL)} />;
}
