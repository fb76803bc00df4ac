/** Text from outside without control, format or line-breaking characters, so that it can't drive a terminal. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u00b7');
}
