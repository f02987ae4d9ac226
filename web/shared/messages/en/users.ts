/** User management. */
export const userMessages = {
  "users.title": "User Management",
  "users.lead": "People who can enter one or more accounts. Console administrators are listed under Settings.",
  "users.what": "The users",
  "users.search": "Search users",
  "users.searchPlaceholder": "User name",
  "users.none": "There are no users yet",
  "users.noneHint": "Users appear when they are added to an account or signed in to one by the API.",
  "users.caption": "Users",
  "users.userName": "User name",
  "users.accounts": "Accounts",
  "users.signIn": "Can sign in",
  "users.signIn.yes": "With password",
  "users.signIn.no": "By token only",
  "users.lastSignIn": "Last sign-in",
  "users.noAccounts": "none",
} as const;
