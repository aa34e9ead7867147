import { graphql } from './generated/gql.ts';

export const mergeMutation = graphql(`
  mutation Merge($input: MergeInput!, $idempotencyKey: String!) {
    merge(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const replaceMutation = graphql(`
  mutation Replace($input: ReplaceInput!, $idempotencyKey: String!) {
    replace(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const rollbackMutation = graphql(`
  mutation Rollback($input: RollbackInput!, $idempotencyKey: String!) {
    rollback(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const replayMutation = graphql(`
  mutation Replay($input: ReplayInput!, $idempotencyKey: String!) {
    replay(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const planMergeMutation = graphql(`
  mutation PlanMerge($input: MergeInput!, $idempotencyKey: String!) {
    planMerge(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const planReplaceMutation = graphql(`
  mutation PlanReplace($input: ReplaceInput!, $idempotencyKey: String!) {
    planReplace(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const planRollbackMutation = graphql(`
  mutation PlanRollback($input: RollbackInput!, $idempotencyKey: String!) {
    planRollback(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const resolveConflictsMutation = graphql(`
  mutation ResolveConflicts($input: ResolveConflictsInput!, $idempotencyKey: String!) {
    resolveConflicts(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on RunPayload {
        runId
        position
      }
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);
