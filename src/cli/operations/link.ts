import { graphql } from './generated/gql.ts';

export const downloadLinkMutation = graphql(`
  mutation DownloadLink($input: DownloadLinkInput!, $idempotencyKey: String!) {
    downloadLink(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on DownloadLink {
        url
        expiresAt
      }
      ...Refused
    }
  }
`);
