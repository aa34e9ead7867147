/** GraphQL says null where our own types say absent. */
export const given = <Key extends string, Value>(key: Key, value: Value | null | undefined): { readonly [Name in Key]?: Value } =>
  value === null || value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: Value });
