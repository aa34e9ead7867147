import { graphql } from './generated/gql.ts';

export const runsQuery = graphql(`
  query Runs($first: Int, $after: String, $filter: RunFilter) {
    runs(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          runId
          kind
          state
          databaseName
          fileName
          actor
          requestedAt
          endedAt
          lost
          rolledBack {
            runId
          }
          rolledBackBy {
            runId
          }
          failure {
            code
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const auditQuery = graphql(`
  query Audit($first: Int, $after: String, $filter: RunFilter) {
    runs(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          runId
          kind
          state
          databaseName
          fileName
          upload {
            sha256
          }
          actor
          client
          requestedAt
          endedAt
          rolledBack {
            runId
          }
          rolledBackBy {
            runId
          }
          tables {
            table
            counts {
              ...Counts
            }
          }
          failure {
            code
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const runQuery = graphql(`
  query Run($id: ID!, $issues: Int!) {
    run(id: $id) {
      ...RunDetails
      issues(first: $issues) {
        edges {
          node {
            code
            table
            row
            line
            position
            column
            constraint
            value
            message
          }
        }
        pageInfo {
          hasNextPage
        }
      }
      events(first: 100) {
        edges {
          node {
            position
            type
            at
            actor
            data
          }
        }
      }
    }
  }
  fragment Counts on VerdictCounts {
    insert
    update
    same
    keep
    delete
    conflict
    blocked
  }
  fragment RunDetails on Run {
    runId
    kind
    state
    databaseName
    file {
      kind
      table
      delimiter
      quote
      encoding
      header
      nulls
    }
    fileName
    onError
    actor
    client
    attempt
    drifts
    requestedAt
    startedAt
    endedAt
    position
    plan {
      hash
      issues {
        table
        code
        count
      }
      notes
      bases
    }
    unresolvedConflicts
    lost
    rolledBack {
      runId
      kind
      fileName
    }
    rolledBackBy {
      runId
    }
    tables {
      table
      ids
      counts {
        ...Counts
      }
    }
    failure {
      code
      message
      details
    }
    result {
      __typename
      ... on ExportResult {
        file
        seconds
        notes
        archive {
          sha256
          bytes
        }
        exported: tables {
          table
          rows
          bytes
        }
        files {
          name
          table
          rows
          bytes
          sha256
        }
      }
      ... on WriteResult {
        seconds
        notes
        rejected
        rejectFile {
          name
          sha256
          bytes
        }
      }
      ... on ReplayResult {
        seconds
        notes
        runCount
        runs(first: 100) {
          edges {
            node {
              run
              kind
              position
            }
          }
          pageInfo {
            hasNextPage
          }
        }
        foreign {
          run
          table
          rows
          examples
        }
        foreignFile {
          sha256
          bytes
        }
      }
    }
  }
`);

export const progressSubscription = graphql(`
  subscription Progress($id: ID!) {
    runProgress(id: $id) {
      state
      attempt
      sequence
      phase
      table
      tablesDone
      tablesTotal
      rows
      rowsTotal
      bytes
      bytesTotal
      waitingFor
      transactionSeconds
      at
    }
  }
`);
