import { graphql } from './generated/gql.ts';

export const runRowsQuery = graphql(`
  query RunRows($id: ID!, $table: String, $verdict: Verdict, $first: Int!, $after: String) {
    run(id: $id) {
      plan {
        rows(table: $table, verdict: $verdict, first: $first, after: $after) {
          edges {
            node {
              ...Row
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
  fragment Row on RowChange {
    table
    row
    verdict
    deletedBy
    resolution
    cells {
      column
      base
      baseKnown
      current
      incoming
      outcome
      resolution
    }
  }
`);

export const runConflictsQuery = graphql(`
  query RunConflicts($id: ID!, $table: String, $first: Int!, $after: String) {
    run(id: $id) {
      conflicts(table: $table, first: $first, after: $after) {
        edges {
          node {
            ...Row
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);
