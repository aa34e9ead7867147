import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed operations of the command line and of the tests, from the printed schema. Run `npm run codegen`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/cli/operations/*.ts'],
  generates: {
    'src/cli/operations/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, gqlTagName: 'graphql' },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        immutableTypes: true,
        avoidOptionals: { field: true, inputValue: false },
        importExtension: '.ts',
        emitLegacyCommonJSImports: false,
        scalars: { ID: 'string', Long: 'number', DateTime: 'string', JSON: 'unknown', File: 'File' },
      },
    },
  },
  ignoreNoDocuments: true,
};
export default config;
