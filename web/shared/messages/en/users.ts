import { addMessages } from "../t";

/** User management. */
export const userMessages = {
  "users.title": "User Management",
  "users.lead": "People who can enter one or more accounts. Console administrators are listed under Settings.",
  "users.what": "The users",
  "users.search": "Search users",
  "users.searchPlaceholder": "User name",
  "users.none": "There are no users yet",
  "users.noneHint": "Add one here, or in an account under Users. The API adds users as it signs them in.",
  "users.caption": "Users",
  "users.userName": "User name",
  "users.accounts": "Accounts",
  "users.signIn": "Can sign in",
  "users.signIn.yes": "With password",
  "users.signIn.no": "By token only",
  "users.lastSignIn": "Last sign-in",
  "users.noAccounts": "none",
  "users.add": "Add user",
  "users.addHint": "A new user can enter no account yet: add the user under Users of each account.",
  "users.added": "{name} added",
  "users.password": "Password",
  "users.passwordHint": "At least {count} characters.",
  "users.passwordShort": "Enter at least {count} characters.",
  "users.newPassword": "New password",
  "users.more": "More actions for {name}",
  "users.setPassword": "Set password",
  "users.setPasswordOf": "Set the password of {name}",
  "users.setPasswordText": "The present password stops working, and the user is signed out everywhere. Pass the new one on yourself.",
  "users.passwordSet": "Password of {name} set",
  "users.delete": "Delete user",
  "users.deleteTitle": "Delete {name}?",
  "users.deleteText": { one: "The user can no longer enter {count} account, and is gone for good.", other: "The user can no longer enter {count} accounts, and is gone for good." },
  "users.deleted": "{name} deleted",
} as const;

addMessages(userMessages);
