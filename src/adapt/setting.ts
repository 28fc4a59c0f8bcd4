/** An option of a method as people write it, `key=value`. */

/** A value as JSON where it is JSON, and as text elsewhere. */
const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The key and the value; null where the text is no setting. */
export const settingOf = (text: string): readonly [key: string, value: unknown] | null => {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return key === undefined || value === undefined ? null : [key, valueOf(value)];
};
