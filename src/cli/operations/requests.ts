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
      ... on Refusal {
        code
        message
        details
      }
    }
  }
`);

export const exportMutation = graphql(`
  mutation Export($input: ExportInput!, $idempotencyKey: String!) {
    export(input: $input, idempotencyKey: $idempotencyKey) {
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

export const importMutation = graphql(`
  mutation Import($input: ImportInput!, $idempotencyKey: String!) {
    import(input: $input, idempotencyKey: $idempotencyKey) {
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

export const planMutation = graphql(`
  mutation Plan($input: ImportInput!, $idempotencyKey: String!) {
    plan(input: $input, idempotencyKey: $idempotencyKey) {
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

export const applyPlanMutation = graphql(`
  mutation ApplyPlan($input: ApplyPlanInput!, $idempotencyKey: String!) {
    applyPlan(input: $input, idempotencyKey: $idempotencyKey) {
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

export const cancelRunMutation = graphql(`
  mutation CancelRun($input: CancelRunInput!, $idempotencyKey: String!) {
    cancelRun(input: $input, idempotencyKey: $idempotencyKey) {
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
