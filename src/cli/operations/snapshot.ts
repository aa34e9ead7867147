import { graphql } from './generated/gql.ts';

export const snapshotMutation = graphql(`
  mutation Snapshot($input: SnapshotInput!, $idempotencyKey: String!) {
    snapshot(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on SnapshotPayload {
        database
        files {
          name
          bytes
          rows
          sha256
          written
        }
        fileCount
        writtenCount
        tables
        bytesRead
        bytesWritten
        milliseconds
      }
      ...Refused
    }
  }
`);
