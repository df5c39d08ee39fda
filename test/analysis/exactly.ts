/** A schema that takes no field of which it says nothing: so that an answer has none that its description lacks. */
export function exactly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(exactly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, exactly(part)]));
  return 'properties' in parts && 'required' in parts ? { additionalProperties: false, ...parts } : parts;
}
