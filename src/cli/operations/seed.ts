import { graphql } from './generated/gql.ts';

export const recordSyncMutation = graphql(`
  mutation RecordSync($input: SyncReportInput!, $idempotencyKey: String!) {
    recordSync(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on SyncPayload {
        seedId
        position
      }
      ...Refused
    }
  }
`);
