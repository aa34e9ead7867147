import { graphql } from './generated/gql.ts';

export const eventsQuery = graphql(`
  query Events($first: Int, $after: String, $newestFirst: Boolean, $filter: EventFilter, $since: DateTime, $until: DateTime) {
    events(first: $first, after: $after, newestFirst: $newestFirst, filter: $filter, since: $since, until: $until) {
      edges {
        node {
          ...EventLine
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  fragment EventLine on Event {
    position
    at
    stream
    type
    actor
    data
  }
`);

export const eventsSubscription = graphql(`
  subscription FollowEvents($after: Long, $filter: EventFilter) {
    events(after: $after, filter: $filter) {
      ...EventLine
    }
  }
`);

export const verifyLogQuery = graphql(`
  query VerifyLog($checkBlobs: Boolean, $head: LogHeadInput) {
    verifyLog(checkBlobs: $checkBlobs, head: $head) {
      ok
      position
      reason
    }
    logHead {
      position
      hash
      at
    }
  }
`);
