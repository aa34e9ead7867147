import { graphql } from './generated/gql.ts';

export const rowHistoryQuery = graphql(`
  query RowHistory($database: String!, $table: String!, $key: [String!]!, $first: Int!, $after: String) {
    rowHistory(database: $database, table: $table, key: $key, first: $first, after: $after) {
      edges {
        node {
          at
          runId
          kind
          actor
          verdict
          rowKey
          note
          cells {
            column
            before
            after
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const verifyDataQuery = graphql(`
  query VerifyData($a: String!, $b: String!, $tables: [String!], $asideColumns: [String!], $differences: Int) {
    verifyData(a: $a, b: $b, tables: $tables, asideColumns: $asideColumns, differences: $differences) {
      equal
      tables {
        table
        equal
        rowsA
        rowsB
        hashA
        hashB
        onlyA
        onlyB
        different
        aside
        differences {
          key
          side
          cells {
            column
            a
            b
          }
        }
      }
      notes
    }
  }
`);
