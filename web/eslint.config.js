import { readdirSync } from "node:fs";
import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = readdirSync(new URL("./console/src/features", import.meta.url));

/** What a file may not import, with the reason that is shown. */
const restrict = (patterns) => ({
  "no-restricted-imports": ["error", { patterns }],
});

export default tseslint.config(
  { ignores: ["**/dist/**", "node_modules/**", "shared/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ["**/*.js"],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { URL: "readonly", window: "readonly", document: "readonly" },
    },
  },
  {
    files: ["**/*.tsx"],
    ...jsxA11y.flatConfigs.strict,
  },
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
  {
    files: ["shared/**/*.{ts,tsx}"],
    rules: restrict([
      { group: ["@app/*", "@features/*", "**/console/**"], message: "shared is imported, it imports nobody." },
    ]),
  },
  ...features.map((feature) => ({
    files: [`console/src/features/${feature}/**/*.{ts,tsx}`],
    rules: restrict([
      { group: ["@features/*", "../../*"], message: "A feature imports shared and itself; app composes features." },
      { group: ["@app/*"], message: "app imports features, not the other way round." },
    ]),
  })),
);
