import { graphql } from './generated/gql.ts';

export const inboxQuery = graphql(`
  query Inbox($state: InboxState, $first: Int, $after: String) {
    inboxFiles(state: $state, first: $first, after: $after) {
      edges {
        node {
          ...InboxLine
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  fragment InboxLine on InboxFile {
    id
    name
    folder
    bytes
    sha256
    state
    by
    actor
    code
    message
    arrivedAt
    settledAt
    run {
      runId
    }
  }
`);

export const importInboxFileMutation = graphql(`
  mutation ImportInboxFile($input: ImportInboxFileInput!, $idempotencyKey: String!) {
    importInboxFile(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const retryInboxFileMutation = graphql(`
  mutation RetryInboxFile($input: InboxFileInput!, $idempotencyKey: String!) {
    retryInboxFile(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Changed
      ...Refused
    }
  }
  fragment Changed on InboxFilePayload {
    position
    file {
      ...InboxLine
    }
  }
`);

export const rejectInboxFileMutation = graphql(`
  mutation RejectInboxFile($input: RejectInboxFileInput!, $idempotencyKey: String!) {
    rejectInboxFile(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Changed
      ...Refused
    }
  }
`);

export const applyRulesMutation = graphql(`
  mutation ApplyRules($input: ApplyRulesInput!, $idempotencyKey: String!) {
    applyRules(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on AppliedRules {
        pending
        happened {
          type
          folder
          name
          runId
          code
          message
        }
      }
      ...Refused
    }
  }
`);

export const exchangeQuery = graphql(`
  query Exchange {
    exchangeFiles {
      ...ExchangeLine
    }
  }
  fragment ExchangeLine on ExchangeFile {
    path
    name
    bytes
    modifiedAt
    old
    pending
  }
`);

export const exchangeSubscription = graphql(`
  subscription ExchangeFileAppeared {
    exchangeFileAppeared {
      ...ExchangeLine
    }
  }
`);

export const exchangeNonceQuery = graphql(`
  query ExchangeNonce($nonce: String!) {
    exchangeNonce(nonce: $nonce)
  }
`);

export const writeNonceMutation = graphql(`
  mutation WriteExchangeNonce($input: ExchangeNonceInput!, $idempotencyKey: String!) {
    writeExchangeNonce(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on ExchangeNoncePayload {
        nonce
      }
      ...Refused
    }
  }
`);
