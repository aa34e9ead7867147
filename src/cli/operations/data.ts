import { graphql } from './generated/gql.ts';

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
