/** Bounds on an operation as it is parsed, before anything of it runs (CHECKS S2-S8). */
export const operationLimits = {
  /** The introspection query of GraphiQL is 13 deep and has the deepest need. */
  depth: 16,
  aliases: 30,
  directives: 50,
  tokens: 2000,
} as const;

export const socketLimits = {
  connectionInitMs: 3000,
  subscriptions: 50,
} as const;
