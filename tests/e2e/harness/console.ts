import { expect, type Locator, type Page } from "@playwright/test";
import { administrator, type Server } from "./server.ts";

/** What a person does in the console, by the labels that the person sees. */
export class Console {
  constructor(
    readonly page: Page,
    readonly server: Server,
  ) {}

  async open(path = ""): Promise<void> {
    await this.page.goto(`${this.server.url}/console/${path}`);
  }

  async signIn(): Promise<void> {
    await this.open();
    await this.page.getByLabel("Email").fill(administrator.email);
    await this.page.getByLabel("Password", { exact: true }).fill(administrator.password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await expect(this.page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(this.page.getByRole("button", { name: /^User menu/ })).toBeVisible();
  }

  /** Opens a menu of the top bar and follows one of its entries. */
  async choose(menu: string, entry: string): Promise<void> {
    const bar = this.page.getByRole("banner");
    await bar.getByRole("button", { name: menu, exact: true }).click();
    await this.page.getByRole("menuitem", { name: entry, exact: true }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: entry })).toBeVisible();
  }

  /** Closes the panel or dialog that is open. */
  async close(): Promise<void> {
    await this.page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
    await expect(this.page.getByRole("dialog")).toBeHidden();
  }

  /** The row of a table that belongs to this name. */
  row(name: string): Locator {
    return this.page
      .getByRole("row")
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .first();
  }

  /** Finds a connector in the library. */
  async findConnector(name: string): Promise<Locator> {
    await this.choose("Connectors", "Application Connector Library");
    await this.page.getByLabel("Search connectors").fill(name);
    const row = this.row(name);
    await expect(row).toBeVisible();
    return row;
  }

  async addAccount(name: string): Promise<void> {
    await this.choose("Accounts", "Account Management");
    await this.page.getByRole("button", { name: "Add New Account" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "Add New Account" });
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(name);
    await dialog.getByRole("button", { name: "Create" }).click();
    await expect(dialog).toBeHidden();
  }

  /** Goes through the first two pages of the wizard, up to the credentials. */
  async beginInstallation(connector: string): Promise<Locator> {
    await this.page.getByRole("button", { name: "Install New Application" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "Install New Application" });
    await dialog.getByLabel("Search connectors").fill(connector);
    await dialog.getByRole("button", { name: `Install ${connector}`, exact: true }).click();
    await dialog.getByRole("button", { name: "Next" }).click();
    return dialog;
  }

  /** Presses the button that opens the provider's page and consents there. */
  async consent(press: Locator): Promise<void> {
    const opened = this.page.waitForEvent("popup");
    await press.click();
    const provider = await opened;
    // Listened for before the press: the window may be gone when the press returns.
    const closed = provider.waitForEvent("close");
    await provider.getByRole("button", { name: "Allow access" }).click();
    await closed;
  }

  /** Picks a method of the open connector and runs it. */
  async runMethod(name: string): Promise<Locator> {
    await this.page.getByRole("tab", { name: "Methods and Fields" }).click();
    await this.page.getByLabel("Search methods").fill(name);
    await this.page.getByRole("button", { name, exact: true }).click();
    await this.page.getByRole("tab", { name: "Test" }).click();
    await this.page.getByRole("button", { name: "Run", exact: true }).click();
    const result = this.page.getByRole("region", { name: "Result", exact: true });
    await expect(result).toBeVisible();
    return result;
  }
}
