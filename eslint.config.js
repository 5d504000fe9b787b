import tseslint from 'typescript-eslint'

// Chance comes from a device.
const fsRooms = ['src/spool/**', 'src/commands/**', 'src/listener/**', 'src/base/chance.ts']

export default tseslint.config(
  { ignores: ['build', 'dist', 'node_modules', 'bin', '*.js'] },
  {
    files: ['src/**/*.ts', 'postfix/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // The test runner waits for what test() returns; a reporter script talks to a person.
    files: ['**/*.test.ts', '**/*.contract.ts', 'scripts/**', 'bench/**', 'test/**'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'no-console': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Set process.exitCode in a door.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ThrowStatement > NewExpression[callee.name="Error"]',
          message: 'Throw a Fault.',
        },
      ],
    },
  },
  {
    // Paths below a list belong to the spool (house 4).
    files: ['src/**/*.ts'],
    ignores: [...fsRooms, '**/*.test.ts', '**/*.contract.ts'],
    rules: { 'no-restricted-imports': ['error', 'node:fs', 'node:fs/promises', 'node:path'] },
  },
)
