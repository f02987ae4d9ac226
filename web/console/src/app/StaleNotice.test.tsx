import { useQuery } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { StaleNotice } from "./StaleNotice";

function Page() {
  const partner = useQuery({ queryKey: ["partner"], queryFn: () => unwrap(api.GET("/v1.0/partner")) });
  return (
    <>
      <StaleNotice />
      <p>{partner.data?.Name}</p>
      <button onClick={() => void partner.refetch()}>Read again</button>
    </>
  );
}

test("what could not be read again stays, with the reason and a way to try again", async () => {
  server.on("GET /v1.0/partner", { body: { Name: "Acme" } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("Acme")).toBeVisible();
  server.on("GET /v1.0/partner", { status: 503, body: { Message: "The database can't be reached." } });
  await screen.getByRole("button", { name: "Read again" }).click();

  await expect.element(screen.getByText("The database can't be reached.")).toBeVisible();
  await expect.element(screen.getByText("Acme")).toBeVisible();
  expect(await violations()).toEqual([]);
  server.on("GET /v1.0/partner", { body: { Name: "Acme Ltd" } });
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByText("Acme Ltd")).toBeVisible();
  await expect.element(screen.getByText("What you see may be out of date")).not.toBeInTheDocument();
});

test("a page that has nothing yet shows its failure itself", async () => {
  server.on("GET /v1.0/partner", { status: 503, body: { Message: "The database can't be reached." } });
  const screen = await renderPage(<Page />);
  await expect.poll(() => server.calls.length).toBe(1);

  await expect.element(screen.getByText("What you see may be out of date")).not.toBeInTheDocument();
});
