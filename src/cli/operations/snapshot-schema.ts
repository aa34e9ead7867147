import { graphql } from './generated/gql.ts';

export const snapshotSchemaQuery = graphql(`
  query SnapshotSchema($database: String!) {
    snapshotSchema(database: $database)
  }
`);
