import { expect, test } from "vitest";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { ReleasesDrawer } from "./ReleasesDrawer";

const path = "/v1.0/account/connectors/custom";

const live = {
  Number: 1,
  ConnectorId: 7,
  ReleaseStatus: "Live",
  ReleaseType: "Major",
  ReleaseVersionMajor: 1,
  ReleaseVersionMinor: 0,
  Notes: "First release.",
  InstalledCount: 2,
  PublishedOnUtc: "2026-03-04T09:30:00Z",
};
const draft = { Number: 2, ConnectorId: 7, ReleaseStatus: "Draft", InstalledCount: 0, UpdatedOnUtc: "2026-03-05T09:30:00Z" };

function serve(releases: unknown[]) {
  server.on("GET /v1.0/partner", { body: { Id: "partner", TemplateAccountId: "template" } });
  server.on(`GET ${path}`, { body: [{ Id: 7, UniqueIdentifier: "u", Name: "Stockroom", Status: "Approved", ReleaseStatus: "Draft" }] });
  server.on(`GET ${path}/7/releases`, { body: releases });
  server.on(`GET ${path}/7/difference`, {
    body: {
      From: { Number: 1, ReleaseStatus: "Live" },
      To: { Number: 2, ReleaseStatus: "Draft" },
      IsCompatible: false,
      Changes: [
        { Kind: "Method", Change: "Removed", Method: "List Shelves", Name: "List Shelves", Text: "Method List Shelves is gone." },
        { Kind: "Connector", Change: "Changed", Name: "name", Text: "name changed from Stock to Stockroom." },
      ],
    },
  });
  server.on("GET /v1.0/partner/connectors", { body: [] });
}

test("the draft is published with comments after its difference has been read", async () => {
  serve([draft, live]);
  server.on(`POST ${path}/7/publish`, { body: { Id: 7, UniqueIdentifier: "u", Name: "Stockroom", Status: "Approved", ReleaseStatus: "Live" } });
  const screen = await renderPage(<ReleasesDrawer connectorId={7} onClose={() => undefined} />);
  await expect.element(screen.getByText("Method List Shelves is gone.")).toBeVisible();
  await expect.element(screen.getByText(/Something that installed connectors may use is gone/)).toBeVisible();
  await expect.element(screen.getByText("First release.")).toBeVisible();
  expect(await violations()).toEqual([]);

  await screen.getByRole("radio", { name: "Major" }).click();
  await screen.getByRole("textbox", { name: "Comments" }).fill("Shelves are gone.");
  serve([
    { ...draft, ReleaseStatus: "Live" },
    { ...live, ReleaseStatus: "Deprecated" },
  ]);
  await screen.getByRole("button", { name: "Publish" }).click();

  await expect.element(screen.getByText("Stockroom is live")).toBeVisible();
  await expect.element(screen.getByText("Deprecated")).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Publish" })).not.toBeInTheDocument();
  expect(server.made(`POST ${path}/7/publish`)[0]?.body).toEqual({ ReleaseType: "Major", Notes: "Shelves are gone." });
});

test("a first draft cannot be discarded, and says that nothing is live", async () => {
  serve([{ ...draft, Number: 1 }]);
  const screen = await renderPage(<ReleasesDrawer connectorId={7} onClose={() => undefined} />, { theme: "dark" });

  await expect.element(screen.getByText(/Nothing is live yet/)).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Discard draft" })).not.toBeInTheDocument();
  expect(await violations()).toEqual([]);
});

test("a draft is discarded after a question", async () => {
  serve([draft, live]);
  server.on(`DELETE ${path}/7/draft`, { status: 200 });
  const screen = await renderPage(<ReleasesDrawer connectorId={7} onClose={() => undefined} />);
  await screen.getByRole("button", { name: "Discard draft" }).click();
  serve([live]);
  await screen.getByRole("dialog", { name: "Discard the draft of Stockroom?" }).getByRole("button", { name: "Discard draft" }).click();

  await expect.element(screen.getByRole("button", { name: "Publish" })).not.toBeInTheDocument();
  expect(server.made(`DELETE ${path}/7/draft`)).toHaveLength(1);
});
