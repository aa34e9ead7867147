import { graphql } from './generated/gql.ts';

export const graphQuery = graphql(`
  query Graph($database: String!, $tables: [String!]) {
    graph(database: $database, tables: $tables) {
      svg
      phases {
        phase
        tables
      }
      circles {
        tables
      }
    }
  }
`);
