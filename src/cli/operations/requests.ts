import { graphql } from './generated/gql.ts';

export const uploadMutation = graphql(`
  mutation Upload($input: UploadInput!, $idempotencyKey: String!) {
    upload(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ... on UploadPayload {
        known
        upload {
          id
          sha256
          bytes
          name
        }
      }
      ...Refused
    }
  }
  fragment Refused on Refusal {
    code
    message
    details
  }
`);

export const exportMutation = graphql(`
  mutation Export($input: ExportInput!, $idempotencyKey: String!) {
    export(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
  fragment Requested on RunPayload {
    runId
    position
  }
`);

export const importMutation = graphql(`
  mutation Import($input: ImportInput!, $idempotencyKey: String!) {
    import(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const planMutation = graphql(`
  mutation Plan($input: ImportInput!, $idempotencyKey: String!) {
    plan(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const applyPlanMutation = graphql(`
  mutation ApplyPlan($input: ApplyPlanInput!, $idempotencyKey: String!) {
    applyPlan(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const cancelRunMutation = graphql(`
  mutation CancelRun($input: CancelRunInput!, $idempotencyKey: String!) {
    cancelRun(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const mergeMutation = graphql(`
  mutation Merge($input: MergeInput!, $idempotencyKey: String!) {
    merge(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const replaceMutation = graphql(`
  mutation Replace($input: ReplaceInput!, $idempotencyKey: String!) {
    replace(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const rollbackMutation = graphql(`
  mutation Rollback($input: RollbackInput!, $idempotencyKey: String!) {
    rollback(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const replayMutation = graphql(`
  mutation Replay($input: ReplayInput!, $idempotencyKey: String!) {
    replay(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const planMergeMutation = graphql(`
  mutation PlanMerge($input: MergeInput!, $idempotencyKey: String!) {
    planMerge(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const planReplaceMutation = graphql(`
  mutation PlanReplace($input: ReplaceInput!, $idempotencyKey: String!) {
    planReplace(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const planRollbackMutation = graphql(`
  mutation PlanRollback($input: RollbackInput!, $idempotencyKey: String!) {
    planRollback(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);

export const resolveConflictsMutation = graphql(`
  mutation ResolveConflicts($input: ResolveConflictsInput!, $idempotencyKey: String!) {
    resolveConflicts(input: $input, idempotencyKey: $idempotencyKey) {
      __typename
      ...Requested
      ...Refused
    }
  }
`);
