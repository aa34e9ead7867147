import { graphql } from './generated/gql.ts';

export const keysQuery = graphql(`
  query Keys($first: Int, $after: String) {
    keys(first: $first, after: $after) {
      edges {
        node {
          ...KeyLine
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  fragment KeyLine on ApiKey {
    id
    name
    scopes
    databases
    tables
    signed
    createdBy
    createdAt
    expiresAt
    revokedAt
    overlapUntil
    generation
    lastUsedAt
    lastAddress
  }
`);

export const createKeyMutation = graphql(`
  mutation CreateKey($input: CreateKeyInput!, $idempotencyKey: String!) {
    createKey(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Minted
      ...Refused
    }
  }
  fragment Minted on CreatedKey {
    secret
    position
    key {
      ...KeyLine
    }
  }
`);

export const rotateKeyMutation = graphql(`
  mutation RotateKey($input: RotateKeyInput!, $idempotencyKey: String!) {
    rotateKey(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Minted
      ...Refused
    }
  }
`);

export const revokeKeyMutation = graphql(`
  mutation RevokeKey($input: RevokeKeyInput!, $idempotencyKey: String!) {
    revokeKey(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Minted
      ...Refused
    }
  }
`);
