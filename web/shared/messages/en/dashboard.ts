import { addMessages } from "../t";

/** The dashboard. */
export const dashboardMessages = {
  "dashboard.title": "Dashboard",
  "dashboard.what": "The figures",
  "dashboard.hello": "Hello, {name}",
  "dashboard.addAccount": "Add New Account",
  "dashboard.accounts": "Accounts",
  "dashboard.connectorsInUse": "Connectors in use",
  "dashboard.connectorsInLibrary": "{count} in the library",
  "dashboard.tasks": "Tasks this period",
  "dashboard.tasksOf": "of {total} included",
  "dashboard.tasksUnlimited": "no limit",
  "dashboard.checklist": "Getting started",
  "dashboard.checklistLead": "{done} of {total} done",
  "dashboard.step.setup": "Set up a connector",
  "dashboard.step.setupHint": "Register your app with a provider, so that customers see your name at its consent page.",
  "dashboard.step.account": "Add an account",
  "dashboard.step.accountHint": "An account is one of your customers; connectors are installed into it.",
  "dashboard.step.install": "Install a connector",
  "dashboard.step.installHint": "Open an account, install a connector and authenticate it.",
  "dashboard.step.api": "Generate API credentials",
  "dashboard.step.apiHint": "Everything the console does can be done over the REST API.",
  "dashboard.step.done": "done",
  "dashboard.step.open": "open",
  "dashboard.activity": "Latest changes",
  "dashboard.activityNone": "Changes that anybody makes are listed here.",
  "dashboard.activityAll": "Open the audit log",
  "dashboard.callback": "Callback URL",
  "dashboard.callbackHint": "Register this address with every OAuth provider.",
  "dashboard.quick": "Connect your product",
} as const;

addMessages(dashboardMessages);
