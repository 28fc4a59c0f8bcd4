import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** fp-ts and io-ts paths that type-check under NodeNext and then crash at run time. */
const crashingImports = {
  patterns: [
    {
      regex: "^fp-ts/(?!lib/[A-Za-z]+\\.js$)",
      message: 'Import from "fp-ts" or "fp-ts/lib/Name.js": other paths crash under NodeNext.',
    },
    {
      regex: "^io-ts/(?!lib/[A-Za-z]+\\.js$)",
      message: 'Import from "io-ts" or "io-ts/lib/Name.js": other paths crash under NodeNext.',
    },
  ],
};

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "src/certify/extracted.ts", "out/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      "no-restricted-imports": ["error", crashingImports],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      eqeqeq: "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
    },
  },
  { files: ["src/**/*.ts"], ignores: ["src/cli/**"], rules: { "no-console": "error" } },
  {
    files: ["proofs/*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
  { files: ["**/*.cjs"], languageOptions: { globals: { module: "writable" } } },
);
